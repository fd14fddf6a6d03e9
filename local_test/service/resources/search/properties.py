"""Properties of a search: names such as `InputDataConfig.ChannelName`, resolved in a shape.

Source: API, Filter and SearchRecord: a property is a path in the shape of the resource; `Tags.KEY`,
`HyperParameters.NAME` and `Metrics.NAME` name an entry. A list has the values of all its entries.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError, invalid

PropertyType = Literal["text", "number", "time", "boolean", "hyperparameter", "object"]
Step = Callable[[Any], Iterable[Any]]

_TYPES: dict[str, PropertyType] = {
    "string": "text",
    "timestamp": "time",
    "boolean": "boolean",
    **dict.fromkeys(("integer", "long", "float", "double"), "number"),
}
_KEYED = {
    "Tag": ("Key", "Value"),
    "MetricData": ("MetricName", "Value"),
    "Parameter": ("Name", "Value"),
}
"""Entries of lists that a name selects: by which field, and which field has the value."""

_ALIASES = {"Metrics": "FinalMetricDataList"}
_TEXT_OF_NUMBERS = "HyperParameters"


@dataclass(frozen=True)
class Property:
    """A property of a resource: its name, its type, and the way to its values."""

    name: str
    type: PropertyType
    steps: tuple[Step, ...]

    def read(self, resource: Any) -> list[Any]:
        """Return all values of the property; none if the resource does not have it."""
        values = [resource]
        for step in self.steps:
            values = [found for value in values for found in step(value) if found is not None]
        return values


def find_property(shape: Shape, name: str) -> Property:
    """Return the property of a name. Raises ApiError when the shape has none."""
    steps = list[Step]()
    leaf: PropertyType | None = None
    rest = name
    while leaf is None:
        match shape.type_name:
            case "structure" if rest:
                field, _, rest = rest.partition(".")
                field = field if field in shape.members else _ALIASES.get(field, field)
                if field not in shape.members:
                    raise unknown_property_error(name)
                shape = shape.members[field]
                steps.append(_read_field(field))
            case "list" if rest and shape.member.name in _KEYED:
                key, value = _KEYED[shape.member.name]
                steps.append(_read_entry(key, value, rest))
                leaf = _TYPES[shape.member.members[value].type_name]
            case "list" if rest or shape.member.type_name in _TYPES:
                shape = shape.member
                steps.append(iter)
            case "map" if rest:
                steps.append(_read_field(rest))
                numeric = shape.name == _TEXT_OF_NUMBERS
                leaf = "hyperparameter" if numeric else _TYPES.get(shape.value.type_name, "object")
            case _ if rest:
                raise unknown_property_error(name)
            case kind:
                leaf = _TYPES.get(kind, "object")
    return Property(name, leaf, tuple(steps))


def unknown_property_error(name: str) -> ApiError:
    """Return the service's error for a property that a resource does not have."""
    return invalid(f"Unknown property name: {name}")


def find_list(shape: Shape, name: str) -> tuple[Property, Shape]:
    """Return the property of a list of structures, whose values are its entries, and their shape.

    Raises ApiError when the name is of anything else.
    """
    steps = list[Step]()
    for part in name.split("."):
        field = _ALIASES.get(part, part)
        if shape.type_name != "structure" or field not in shape.members:
            raise unknown_property_error(name)
        shape = shape.members[field]
        steps.append(_read_field(field))
    if shape.type_name != "list" or shape.member.type_name != "structure":
        raise invalid(f"No list of structures: {name}. Use Filters for this property.")
    return Property(name, "object", (*steps, iter)), shape.member


def list_names(shape: Shape, resources: Iterable[Any]) -> Iterator[str]:
    """Yield the names of all properties; those of entries are of the given resources."""
    seen = list(resources)
    yield from sorted(set(_list_names(shape, "", seen, ())))


def _list_names(shape: Shape, path: str, seen: list[Any], above: tuple[str, ...]) -> Iterator[str]:
    if shape.name in above:
        return
    match shape.type_name:
        case "structure":
            for field, member in shape.members.items():
                below = [value[field] for value in seen if value.get(field) is not None]
                shown = next((name for name, real in _ALIASES.items() if real == field), field)
                name = f"{path}.{shown}" if path else shown
                yield from _list_names(member, name, below, (*above, shape.name))
        case "list" if shape.member.name in _KEYED:
            key, _ = _KEYED[shape.member.name]
            yield from (f"{path}.{entry[key]}" for entries in seen for entry in entries)
        case "list":
            entries = [entry for entries in seen for entry in entries]
            yield from _list_names(shape.member, path, entries, above)
        case "map":
            yield from (f"{path}.{key}" for entries in seen for key in entries)
        case _:
            yield path


def _read_field(field: str) -> Step:
    return lambda value: (value.get(field),)


def _read_entry(key: str, value: str, wanted: str) -> Step:
    return lambda entries: (entry.get(value) for entry in entries if entry.get(key) == wanted)
