"""Ranges that Autotune takes from what an image declares.

Source: API, AutoParameter: `ValueHint` is an example of a value; Autotune: with the mode Enabled,
ranges may be left out. The ranges of Amazon's algorithms are the service's; here they are those
that the image declares, and none are made up for an image that declares none.
"""

import math
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.tuning.ranges.declared_ranges import (
    LABEL,
    DeclaredRanges,
    find_declared_ranges,
)
from local_test.service.resources.tuning.ranges.parameter_ranges import (
    CATEGORICAL,
    CONTINUOUS,
    WHOLE,
    Ranges,
)

FIELD = "AutotunedRanges"
"""The field of a record with the ranges of each definition that has some of Autotune's, by name."""

_KINDS = (WHOLE, CONTINUOUS, CATEGORICAL)


def choose_ranges(backend: Backend, request: Mapping[str, Any]) -> dict[str, Ranges]:
    """Return the ranges of the definitions that leave some to Autotune, by definition name.

    Raises ApiError when an image declares no range of a hyperparameter that Autotune shall search.
    """
    if request.get("Autotune", {}).get("Mode") != "Enabled":
        return {}
    shared = request["HyperParameterTuningJobConfig"].get("ParameterRanges", {})
    chosen = {}
    definitions = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition")]
    for definition in filter(None, definitions):
        given = definition.get("HyperParameterRanges") or shared
        if given.get("AutoParameters") or not any(given.get(kind) for kind in _KINDS):
            uri = definition["AlgorithmSpecification"].get("TrainingImage", "")
            declared = find_declared_ranges(backend, uri)
            static = definition.get("StaticHyperParameters", {})
            name = definition.get("DefinitionName", "")
            chosen[name] = complete_ranges(given, static, declared, uri)
    return chosen


def complete_ranges(
    given: Ranges, static: Mapping[str, str], declared: DeclaredRanges, uri: str
) -> Ranges:
    """Return ranges with a declared one for each auto parameter.

    Without any, all declared ones of hyperparameters that are not static. A range is extended to
    its auto parameter's hint. Raises ApiError when the image at `uri` declares no such range.
    """
    if not declared:
        raise invalid(
            f"Autotune: the image {uri} declares no ranges of hyperparameters. Give ranges, or"
            f" declare them in the image's label {LABEL}."
        )
    hints = {one["Name"]: one["ValueHint"] for one in given.get("AutoParameters", ())}
    completed = {kind: list(given.get(kind, ())) for kind in _KINDS}
    for name in hints or [name for name in declared if name not in static]:
        if name not in declared:
            raise invalid(
                f"AutoParameter {name}: the image {uri} declares no range of it, but of"
                f" {', '.join(declared)}. Give a range, or keep it static."
            )
        kind, bounds = declared[name]
        completed[kind].append(_extend(kind, bounds, hints[name]) if name in hints else bounds)
    return completed


def _extend(kind: str, bounds: Mapping[str, Any], hint: str) -> dict[str, Any]:
    parse = int if kind == WHOLE else float
    try:
        number = parse(hint)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        what = "a whole number" if kind == WHOLE else "a number"
        raise invalid(f"AutoParameter {bounds['Name']}: the ValueHint {hint!r} is not {what}.")
    least, most = parse(bounds["MinValue"]), parse(bounds["MaxValue"])
    ends = {"MinValue": str(min(least, number)), "MaxValue": str(max(most, number))}
    return {**bounds, **ends}
