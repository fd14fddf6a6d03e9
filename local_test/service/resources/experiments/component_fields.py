"""The parameters and artifacts of a trial component: checked, and merged by an update.

Source: API, UpdateTrialComponent: entries with a present name are replaced, others are added.
"""

import math
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid

_MAPS = (
    ("Parameters", "ParametersToRemove", 300),
    ("InputArtifacts", "InputArtifactsToRemove", 60),
    ("OutputArtifacts", "OutputArtifactsToRemove", 60),
)
"""Fields with named entries, what removes some, and how many they may have (botocore's model)."""

_REPLACED = ("DisplayName", "Status", "StartTime", "EndTime")
_VALUES = ("StringValue", "NumberValue")


def check_component(fields: Mapping[str, Any]) -> None:
    """Raise ApiError when a parameter has not exactly one value, or no finite one."""
    for name, value in fields.get("Parameters", {}).items():
        if len(value) != 1:
            given = " and ".join(field for field in _VALUES if field in value) or "none"
            raise invalid(
                f"Parameter without one value: {name} has {given}. Give a StringValue or a"
                " NumberValue."
            )
        if not math.isfinite(value.get("NumberValue", 0.0)):
            raise invalid(f"Parameter not finite: {name}. Give a finite NumberValue.")


def index_status(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field by which records are found by status, if a component has one."""
    status = fields.get("Status", {}).get("PrimaryStatus")
    return {} if status is None else {"TrialComponentStatus": status}


def merge_component(record: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed fields of a component. Raises ApiError when the changes are invalid."""
    check_component(request)
    changes = {field: request[field] for field in _REPLACED if field in request}
    changes |= index_status(request)
    for field, removal, most in _MAPS:
        added, removed = request.get(field, {}), set(request.get(removal, ()))
        if both := sorted(added.keys() & removed):
            raise invalid(f"{field} and {removal} name the same key: {', '.join(both)}.")
        if not added and not removed:
            continue
        merged = {**(record.get(field) or {}), **added}
        changes[field] = {name: merged[name] for name in merged if name not in removed}
        if len(changes[field]) > most:
            raise invalid(
                f"Too many {field}: {len(changes[field])}. Remove some: a trial component has at"
                f" most {most}."
            )
    return changes
