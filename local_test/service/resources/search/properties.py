"""Properties of a search: names such as `InputDataConfig.ChannelName`, resolved in a shape.

Source: API, Filter and SearchRecord: a property is a path in the shape of the resource; `Tags.KEY`,
`HyperParameters.NAME` and `Metrics.NAME` name an entry. A list has the values of all its entries.
Developer Guide, 'Find features in your feature groups': `AllParameters`, and `AllTags` of groups.
Notebooks of AWS write the first letter of a field small (`metrics.NAME.max`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.resources.search.named_entries import (
    TYPES,
    PropertyType,
    Step,
    find_entry,
    list_entry_names,
    read_field,
)

_ALIASES = {"Metrics": "FinalMetricDataList"}
_EVERY_ENTRY = {
    ("FeatureGroup", "AllTags"): "Tags",
    ("FeatureMetadata", "AllParameters"): "Parameters",
}
"""Properties that have the keys and the values of all entries of a list, by shape and name."""


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
    if (every := _EVERY_ENTRY.get((shape.name, name))) is not None:
        return Property(name, "text", (read_field(every), iter, dict.values))
    steps = list[Step]()
    leaf: PropertyType | None = None
    rest = name
    while leaf is None:
        if rest and (entry := find_entry(shape, rest)) is not None:
            return Property(name, entry[1], (*steps, *entry[0]))
        match shape.type_name:
            case "structure" if rest:
                field, _, rest = rest.partition(".")
                field = _find_field(shape, field)
                if field not in shape.members:
                    raise unknown_property_error(name)
                shape = shape.members[field]
                steps.append(read_field(field))
            case "list" if rest or shape.member.type_name in TYPES:
                shape = shape.member
                steps.append(iter)
            case _ if rest:
                raise unknown_property_error(name)
            case kind:
                leaf = TYPES.get(kind, "object")
    return Property(name, leaf, tuple(steps))


def _find_field(shape: Shape, name: str) -> str:
    """Return the field of a structure that a part of a property's name is of."""
    spelled = f"{name[:1].upper()}{name[1:]}"
    return next(
        (one for one in (name, spelled) if one in shape.members), _ALIASES.get(spelled, name)
    )


def unknown_property_error(name: str) -> ApiError:
    """Return the service's error for a property that a resource does not have."""
    return invalid(f"Unknown property name: {name}")


def find_list(shape: Shape, name: str) -> tuple[Property, Shape]:
    """Return the property of a list of structures, whose values are its entries, and their shape.

    Raises ApiError when the name is of anything else.
    """
    steps = list[Step]()
    for part in name.split("."):
        field = _find_field(shape, part) if shape.type_name == "structure" else part
        if shape.type_name != "structure" or field not in shape.members:
            raise unknown_property_error(name)
        shape = shape.members[field]
        steps.append(read_field(field))
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
    if (entries := list_entry_names(shape, seen)) is not None:
        yield from (f"{path}.{name}" for name in entries)
        return
    match shape.type_name:
        case "structure":
            for field, member in shape.members.items():
                below = [value[field] for value in seen if value.get(field) is not None]
                shown = next((name for name, real in _ALIASES.items() if real == field), field)
                name = f"{path}.{shown}" if path else shown
                yield from _list_names(member, name, below, (*above, shape.name))
        case "list":
            inner = [entry for one in seen for entry in one]
            yield from _list_names(shape.member, path, inner, above)
        case _:
            yield path
