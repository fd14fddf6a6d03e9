"""The output parameters of Lambda and Callback steps: named values of a type.

Source: the schema of pipeline definitions, 2020-12-01, `OutputParameters`.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.storage.records import Record

_LONGEST = 1024
_TRUTHS = {"true": True, "false": False}


def convert_outputs(declared: list[Record], values: Mapping[str, Any], source: str) -> Record:
    """Return the declared outputs with their values, converted to their types.

    `source` names what returned the values. Raises ApiError when a value is missing or of another
    type.
    """
    return {str(output["OutputName"]): _convert(output, values, source) for output in declared}


def list_outputs(outputs: Mapping[str, Any]) -> list[Record]:
    """Return outputs as a step's metadata have them: names and texts."""
    return [{"Name": name, "Value": _format(value)} for name, value in outputs.items()]


def read_outputs(listed: list[Record]) -> dict[str, str]:
    """Return the texts of outputs by name, from a step's metadata."""
    return {str(entry["Name"]): str(entry["Value"]) for entry in listed}


def _convert(output: Record, values: Mapping[str, Any], source: str) -> Any:
    name, kind = output["OutputName"], output.get("OutputType", "String")
    if name not in values:
        raise invalid(f"missing output parameter {name!r}: {source}. Return it.")
    value = values[name]
    try:
        converted = _read(kind, value)
    except (ValueError, TypeError) as error:
        raise invalid(
            f"output parameter {name!r} is no {kind}: {source} returned {value!r}. Return a {kind}."
        ) from error
    if len(_format(converted)) > _LONGEST:
        raise invalid(f"output parameter {name!r} has over {_LONGEST} characters: {source}.")
    return converted


def _read(kind: str, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise TypeError(kind)
    if kind == "String":
        return _format(value)
    if kind == "Boolean":
        if str(value).lower() not in _TRUTHS:
            raise ValueError(kind)
        return _TRUTHS[str(value).lower()]
    if isinstance(value, bool):
        raise TypeError(kind)
    number = float(value)
    if kind == "Float":
        return number
    if not number.is_integer():
        raise ValueError(kind)
    return int(value)


def _format(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
