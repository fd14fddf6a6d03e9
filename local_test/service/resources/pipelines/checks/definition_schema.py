"""The structure of a pipeline definition, checked with a JSON schema.

Source: the schema of pipeline definitions, 2020-12-01, and the SDK's `to_request` functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_schemas import find_schema_error

if TYPE_CHECKING:
    from jsonschema import ValidationError

_FILE = Path(__file__).with_name("definition.schema.json")
_MAX_LENGTH = 200


def check_structure(content: Any) -> None:
    """Raise ApiError, with step and field, when a definition does not match the schema."""
    error = find_schema_error(content, _read_schema())
    if error is not None:
        path = list(error.absolute_path)
        raise make_error(_describe(error), describe_place(content, path))


def make_error(what: str, place: str, advice: str = "") -> ApiError:
    """Return the error for a definition that is invalid at a place."""
    return invalid(f"Unable to parse pipeline definition: {what}: {place}.{advice and ' '}{advice}")


def describe_place(content: Any, path: Iterable[str | int]) -> str:
    """Return the field at a path, after the name of the innermost step that has it."""
    place, inner, value = "the definition", list[str | int](), content
    for part in path:
        inner.append(part)
        value = value[part]
        if isinstance(part, int) and isinstance(value, dict) and _is_step_list(inner):
            place, inner = f"step {value.get('Name', part)}", []
    field = _format_path(inner)
    return f"{place}, field {field}" if field else place


@cache
def _read_schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(_FILE.read_text())
    return schema


def _describe(error: ValidationError) -> str:
    if error.validator == "not":  # the schema's only one
        return "MaxAttempts and ExpireAfterMin exclude each other"
    sentence = str(error.message)
    return sentence if len(sentence) <= _MAX_LENGTH else f"{sentence[:_MAX_LENGTH]}..."


def _is_step_list(path: list[str | int]) -> bool:
    return len(path) > 1 and path[-2] in {"Steps", "IfSteps", "ElseSteps"}


def _format_path(path: Iterable[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
