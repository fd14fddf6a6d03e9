"""Functions of Lambda.

Source: CloudFormation Template Reference, `AWS::Lambda::Function`.
"""

import io
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.errors import UserError
from local_test.service.resources.stacks.kinds.kind import ClientFactory, Created, already_deleted

_CONFIGURED = ("Runtime", "Handler", "Role", "Description", "Environment")
_NUMBERS = ("Timeout", "MemorySize")


@dataclass(frozen=True)
class FunctionKind:
    """A function whose code is in the template or in S3."""

    properties: frozenset[str] = frozenset({*_CONFIGURED, *_NUMBERS, "FunctionName", "Code"})
    attributes: frozenset[str] = frozenset({"Arn"})
    name_property: str = "FunctionName"
    longest: int = 64

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Create the function."""
        del stop
        made = clients("lambda").create_function(
            FunctionName=name, Code=_read_code(properties), **_select(properties)
        )
        return Created(name, name, {"Arn": made["FunctionArn"]})

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Replace code and configuration."""
        del stop
        client = clients("lambda")
        client.update_function_code(FunctionName=name, **_read_code(properties))
        made = client.update_function_configuration(FunctionName=name, **_select(properties))
        return Created(name, name, {"Arn": made["FunctionArn"]})

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete the function, unless somebody else has deleted it."""
        with already_deleted("ResourceNotFoundException"):
            clients("lambda").delete_function(FunctionName=name)


def _select(properties: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {field: properties[field] for field in _CONFIGURED if field in properties}
    return chosen | {field: int(properties[field]) for field in _NUMBERS if field in properties}


def _read_code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the code for the API; text in the template is the module `index`."""
    code = properties.get("Code") or {}
    if "S3Bucket" in code and "S3Key" in code:
        return {field: code[field] for field in ("S3Bucket", "S3Key")}
    if not isinstance(code.get("ZipFile"), str):
        raise UserError("the Code of a function has neither ZipFile nor S3Bucket and S3Key")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code["ZipFile"])
    return {"ZipFile": packed.getvalue()}


FUNCTION = FunctionKind()
