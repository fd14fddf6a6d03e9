"""Values of JSON as cells: texts under flat names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.dataset.chunks import name_position


def to_cell(value: object) -> str:
    """Return a scalar as the text of a cell; null is ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)


def flatten(value: object) -> dict[str, str]:
    """Return the cells of a JSON value: `a.b` of objects, `a_0` of arrays, `_c0` of a bare list."""
    if isinstance(value, list):
        named = {name_position(index): item for index, item in enumerate(value)}
    elif isinstance(value, Mapping):
        named = dict(value)
    else:
        named = {name_position(0): value}
    return dict(_walk("", named))


def _walk(prefix: str, value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        path = f"{prefix}{name}"
        if isinstance(item, Mapping):
            yield from _walk(f"{path}.", item)
        elif isinstance(item, list):
            yield from _walk(f"{path}_", {str(index): each for index, each in enumerate(item)})
        else:
            yield path, to_cell(item)
