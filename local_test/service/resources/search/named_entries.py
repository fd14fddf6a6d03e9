"""Entries that a property's name selects: `Tags.KEY`, `Metrics.NAME.Max`, `Parameters.NAME`.

Source: API, Filter and SearchRecord. `Tags.KEY` and `HyperParameters.NAME` are values of an entry.
A metric of a trial component has statistics, which notebooks of AWS write as `metrics.NAME.max`;
without one it is the last value. A name may have dots.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from botocore.model import Shape  # type: ignore[import-untyped]

PropertyType = Literal["text", "number", "time", "boolean", "hyperparameter", "parameter", "object"]
Step = Callable[[Any], Iterable[Any]]
Selection = tuple[tuple[Step, ...], PropertyType]
"""The way to the values of an entry, and their type."""

TYPES: dict[str, PropertyType] = {
    "string": "text",
    "timestamp": "time",
    "boolean": "boolean",
    **dict.fromkeys(("integer", "long", "float", "double"), "number"),
}
_KEYED = {
    "Tag": ("Key", "Value"),
    "MetricData": ("MetricName", "Value"),
    "Parameter": ("Name", "Value"),
    "FeatureParameter": ("Key", "Value"),
}
"""Entries of lists that a name selects: by which field, and which field has the value."""

_STATISTICS = {name.lower(): name for name in ("Min", "Max", "Avg", "StdDev", "Last", "Count")}
_METRICS, _PARAMETER = "TrialComponentMetricSummary", "TrialComponentParameterValue"
_TEXT_OF_NUMBERS = "HyperParameters"


def find_entry(shape: Shape, name: str) -> Selection | None:
    """Return the selection of an entry in a list or a map, None where a name selects none."""
    if shape.type_name == "map":
        return _find_value(shape, name)
    if shape.type_name == "list" and shape.member.name == _METRICS:
        metric, statistic = _split_last(name, _STATISTICS)
        return (select("MetricName", metric), read_field(statistic or "Last")), "number"
    if shape.type_name == "list" and shape.member.name in _KEYED:
        key, value = _KEYED[shape.member.name]
        kind = TYPES[shape.member.members[value].type_name]
        return (select(key, name), read_field(value)), kind
    return None


def _find_value(shape: Shape, name: str) -> Selection:
    """Return the selection of an entry of a map, or of a field of it."""
    if shape.value.name == _PARAMETER:
        return (read_field(name), dict.values), "parameter"
    if shape.value.type_name == "structure":
        members = shape.value.members
        entry, field = _split_last(name, {member.lower(): member for member in members})
        if field is not None:
            kind = TYPES.get(members[field].type_name, "object")
            return (read_field(entry), read_field(field)), kind
    if shape.name == _TEXT_OF_NUMBERS:
        return (read_field(name),), "hyperparameter"
    return (read_field(name),), TYPES.get(shape.value.type_name, "object")


def list_entry_names(shape: Shape, seen: Iterable[Any]) -> Iterator[str] | None:
    """Return the names of present entries of a list or a map, None where a name selects none."""
    if shape.type_name == "map":
        return (key for entries in seen for key in entries)
    if shape.type_name == "list" and shape.member.name == _METRICS:
        names = {entry["MetricName"] for entries in seen for entry in entries}
        return (f"{name}.{field}" for name in names for field in _STATISTICS.values())
    if shape.type_name == "list" and shape.member.name in _KEYED:
        key, _ = _KEYED[shape.member.name]
        return (entry[key] for entries in seen for entry in entries)
    return None


def _split_last(text: str, fields: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the name of an entry, and the field behind its last dot if it names one."""
    name, _, last = text.rpartition(".")
    field = fields.get(last.lower())
    return (name, field) if name and field else (text, None)


def read_field(field: str) -> Step:
    """Return the step to a field of a structure, or to an entry of a map."""
    return lambda value: (value.get(field),)


def select(key: str, wanted: str) -> Step:
    """Return the step to the entries of a list that have a text in a field."""
    return lambda entries: (entry for entry in entries if entry.get(key) == wanted)
