"""The form for one record: the raw columns of the preprocessor in a model, each with an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.models.json_files import read_model_files, read_output_files

_RECIPE, _STATISTICS = "recipe.json", "statistics.json"
_MAX_OPTIONS = 100


@dataclass(frozen=True)
class InputColumn:
    """A raw column: its type in the recipe, its usual values, and a typical one.

    `options` are the categories of training; `hint` is the range of its numbers. `is_used` is False
    for one that the model leaves out.
    """

    name: str
    type: str
    is_used: bool
    example: str
    hint: str = ""
    options: Sequence[str] = ()


def list_columns(
    backend: Backend, region: str, containers: Sequence[Mapping[str, Any]]
) -> list[InputColumn]:
    """Return the raw columns of a model's transform in the order of its data, [] without one."""
    storage = backend.storage(region)
    for container in containers:
        recipe = read_model_files(storage, container, frozenset({_RECIPE})).get(_RECIPE, {})
        if isinstance(recipe.get("columns"), list):
            files = read_output_files(storage, container, frozenset({_STATISTICS}))
            return _describe_columns(recipe, files.get(_STATISTICS, {}))
    return []


def _describe_columns(
    recipe: Mapping[str, Any], statistics: Mapping[str, Any]
) -> list[InputColumn]:
    described = {one["name"]: one for one in statistics.get("features", ())}
    columns = {one["name"]: one for one in recipe["columns"]}
    combined = {name for one in recipe.get("interactions") or () for name in one.get("columns", ())}
    order = [name for name in recipe.get("layout", ()) if name in columns] or list(columns)
    return [
        _describe_column(columns[name], described.get(name, {}), is_combined=name in combined)
        for name in order
    ]


def _describe_column(
    column: Mapping[str, Any], statistics: Mapping[str, Any], *, is_combined: bool
) -> InputColumn:
    seen = column.get("seen")
    is_range = isinstance(seen, list) and all(isinstance(value, int | float) for value in seen)
    options = [] if is_range or not isinstance(seen, list) else [str(value) for value in seen]
    return InputColumn(
        name=column["name"],
        type=column["type"],
        is_used=bool(column.get("treatments")) or is_combined,
        example=_choose_example(statistics, options),
        hint=f"{seen[0]:.6g} to {seen[-1]:.6g}" if is_range and seen else "",
        options=options[:_MAX_OPTIONS],
    )


def _choose_example(statistics: Mapping[str, Any], options: Sequence[str]) -> str:
    """Return the median of a column's numbers, or its most frequent text, "" without statistics."""
    numbers, texts = (
        (statistics.get(f"{kind}_statistics") or {}).get("distribution") or {}
        for kind in ("numerical", "string")
    )
    median = _find_median((numbers.get("kll") or {}).get("sketch", {}).get("data", ()))
    if median is not None:
        return f"{median:.10g}"
    buckets = (texts.get("categorical") or {}).get("buckets") or ()
    if buckets:
        return str(max(buckets, key=lambda bucket: float(bucket["count"]))["value"])
    return options[0] if options else ""


def _find_median(sketch: Sequence[Sequence[float]]) -> float | None:
    """Return the median of a KLL sketch, whose values on level n count 2 to the n; None if empty.

    Source: Developer Guide, "Schema for Statistics (statistics.json file)".
    """
    weighted = sorted(
        (float(value), 2**level) for level, values in enumerate(sketch) for value in values
    )
    half, seen = sum(weight for _, weight in weighted) / 2, 0
    for value, weight in weighted:
        seen += weight
        if seen >= half:
            return value
    return None
