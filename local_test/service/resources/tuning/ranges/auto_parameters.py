"""Ranges of hyperparameters that Autotune chooses from an example value.

Source: API, AutoParameter: `ValueHint` is an example of a value, not a bound. How Autotune chooses
is not published; here a whole number is searched from a quarter of the hint to four times the hint,
another number from a tenth to ten times, and one up to 1 not beyond 1: shares such as `subsample`
have that bound.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid

_WHOLE_FACTOR, _FACTOR = 4, 10

Ranges = Mapping[str, Sequence[Mapping[str, Any]]]


def expand_auto_parameters(ranges: Ranges) -> Ranges:
    """Return the ranges with an integer or continuous one for each auto parameter.

    Raises ApiError when a hint is not a number.
    """
    whole = list(ranges.get("IntegerParameterRanges", ()))
    continuous = list(ranges.get("ContinuousParameterRanges", ()))
    for parameter in ranges.get("AutoParameters", ()):
        name, hint = parameter["Name"], parameter["ValueHint"]
        try:
            whole.append(_make_range(name, *_find_whole_bounds(int(hint))))
        except ValueError:
            continuous.append(_make_range(name, *_find_bounds(name, hint)))
    rest = {kind: listed for kind, listed in ranges.items() if kind != "AutoParameters"}
    return rest | {"IntegerParameterRanges": whole, "ContinuousParameterRanges": continuous}


def _make_range(name: str, least: float, most: float) -> dict[str, Any]:
    scale = "Logarithmic" if least > 0 else "Linear"
    return {"Name": name, "MinValue": str(least), "MaxValue": str(most), "ScalingType": scale}


def _find_whole_bounds(hint: int) -> tuple[int, int]:
    if hint <= 0:
        return (hint * _WHOLE_FACTOR, max(-hint, 1) * _WHOLE_FACTOR)
    return (max(hint // _WHOLE_FACTOR, 1), hint * _WHOLE_FACTOR)


def _find_bounds(name: str, text: str) -> tuple[float, float]:
    try:
        hint = float(text)
    except ValueError:
        hint = math.nan
    if not math.isfinite(hint):
        raise invalid(
            f"AutoParameter {name}: the ValueHint {text!r} is not a number. Autotune of categories"
            " is not done here: give a CategoricalParameterRange."
        )
    if hint <= 0:
        return (hint * _FACTOR, max(-hint, 1.0) * _FACTOR)
    return (hint / _FACTOR, hint * _FACTOR if hint > 1 else min(hint * _FACTOR, 1.0))
