"""Check the parameter ranges of a tuning job.

Source: API, CreateHyperParameterTuningJob: `Strategy`, `ParameterRanges`; Developer Guide, 'Define
Hyperparameter Ranges': which scales take which bounds.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid

WHOLE, CONTINUOUS = "IntegerParameterRanges", "ContinuousParameterRanges"
CATEGORICAL = "CategoricalParameterRanges"
LOGARITHMIC, REVERSE = "Logarithmic", "ReverseLogarithmic"
_WIDE = 100  # an `Auto` range is logarithmic from this ratio of its bounds on

Ranges = Mapping[str, Sequence[Mapping[str, Any]]]


def check_ranges(strategy: str, ranges: Ranges) -> None:
    """Check parameter ranges. Raises ApiError when they are invalid for the strategy."""
    if not any(ranges.get(kind) for kind in (WHOLE, CONTINUOUS, CATEGORICAL)):
        raise invalid("ParameterRanges has no range.")
    names = [
        one["Name"] for kind in (WHOLE, CONTINUOUS, CATEGORICAL) for one in ranges.get(kind, ())
    ]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"ParameterRanges has more than one range of {', '.join(twice)}.")
    for kind in (WHOLE, CONTINUOUS):
        for definition in ranges.get(kind, ()):
            if strategy == "Grid":
                raise invalid("The strategy Grid takes categorical parameters only.")
            _check_range(definition, kind)


def choose_scale(definition: Mapping[str, Any]) -> str:
    """Return the scale of a range: `Auto` is logarithmic where the bounds are 1 to 100 or more."""
    scale = str(definition.get("ScalingType", "Auto"))
    if scale != "Auto":
        return scale
    least, most = float(definition["MinValue"]), float(definition["MaxValue"])
    return LOGARITHMIC if least > 0 and most >= _WIDE * least else "Linear"


def _check_range(definition: Mapping[str, Any], kind: str) -> None:
    name, scale = definition["Name"], definition.get("ScalingType", "Auto")
    parse = int if kind == WHOLE else float
    try:
        least, most = parse(definition["MinValue"]), parse(definition["MaxValue"])
    except ValueError as error:
        number = "whole numbers" if kind == WHOLE else "numbers"
        raise invalid(f"Range {name}: MinValue and MaxValue must be {number}.") from error
    if not (math.isfinite(least) and math.isfinite(most)):
        raise invalid(f"Range {name}: MinValue and MaxValue must be finite.")
    if least > most:
        raise invalid(f"Range {name}: MinValue {least:g} is larger than MaxValue {most:g}.")
    if scale == LOGARITHMIC and least <= 0:
        raise invalid(f"Range {name}: a logarithmic range begins above 0.")
    if scale == REVERSE and (kind == WHOLE or not 0 <= least <= most < 1):
        raise invalid(
            f"Range {name}: a reverse logarithmic range is continuous, from 0 to less than 1."
        )
