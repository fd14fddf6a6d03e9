"""The page of AWS operations: what the local service does, keeps and refuses."""

from __future__ import annotations

from collections.abc import Mapping

import botocore.session  # type: ignore[import-untyped]

from local_test.service.api.called_operation import list_sagemaker_services
from local_test.service.http.coverage import advise
from local_test.service.resources import registry
from local_test.service.resources.field_support import REFUSED, WITHOUT_EFFECT
from scripts.docs.markdown import format_table

_HEAD = """# Operations of the local service

Every operation of every SageMaker API that botocore knows is done, or refused at once with status
400 and a sentence. Details of what is done: [local-sagemaker.md](../local-sagemaker.md).

Other AWS services are answered by [moto](https://docs.getmoto.org). What it does not have, or ends
on an error of its own, is refused with status 400, in the protocol of the call. These calls are
refused although moto would accept them: sessions of Athena, policies of Application Auto Scaling,
and its targets that are no variant of an endpoint.
"""
_FIELDS = """
## Fields

A field that is not listed has the effect that the API's documentation says. A refused field is
refused if it has a value other than false or empty.
"""


def build_page() -> str:
    """Return the page without its note."""
    parts = [_HEAD, "## Operations that are done\n", format_table(("operation", "API"), _done())]
    parts += ["\n## Operations that are refused\n"]
    parts += [format_table(("operation", "API", "instead"), _refused())]
    parts += [_FIELDS, "### Refused\n", _format_fields(REFUSED, "instead")]
    parts += ["\n### Without effect\n", _format_fields(WITHOUT_EFFECT, "why it is harmless")]
    return "\n".join(parts)


def _done() -> list[tuple[str, str]]:
    """Return one row an operation: branches that add operations then change different lines."""
    routed = {name for route in registry.ROUTES for name in route.operations}
    apis = dict.fromkeys(registry.OPERATIONS, "sagemaker") | dict.fromkeys(
        routed, "sagemaker-runtime"
    )
    return [(f"`{name}`", apis[name]) for name in sorted(apis)]


def _refused() -> list[tuple[str, str, str]]:
    routed = {name for route in registry.ROUTES for name in route.operations}
    session = botocore.session.get_session()
    refused = sorted(
        (name, service)
        for service in list_sagemaker_services()
        for name in session.get_service_model(service).operation_names
        if name not in (registry.OPERATIONS if service == "sagemaker" else routed)
    )
    return [(f"`{name}`", service, advise(name)) for name, service in refused]


def _format_fields(table: Mapping[str, Mapping[str, str]], head: str) -> str:
    rows = [
        (f"`{operation}`", f"`{path}`", text)
        for operation, fields in sorted(table.items())
        for path, text in sorted(fields.items())
    ]
    return format_table(("operation", "field", head), rows)
