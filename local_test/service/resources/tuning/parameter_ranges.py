"""Check the parameter ranges of a tuning job.

Source: API, CreateHyperParameterTuningJob: `Strategy`, `ParameterRanges`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid

STRATEGIES = ("Bayesian", "Random", "Grid")
_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_SCALES = ("Auto", "Linear", "Logarithmic")
Ranges = Mapping[str, Sequence[Mapping[str, Any]]]


def check_ranges(strategy: str, ranges: Ranges) -> None:
    """Check parameter ranges. Raises ApiError when they are invalid for the strategy."""
    if not any(ranges.get(kind) for kind in _KINDS):
        raise invalid("ParameterRanges has no range.")
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        for definition in ranges.get(kind, ()):
            if strategy == "Grid":
                raise invalid("The strategy Grid takes categorical parameters only.")
            _check_range(definition)


def _check_range(definition: Mapping[str, Any]) -> None:
    name, scale = definition["Name"], definition.get("ScalingType", "Auto")
    try:
        least, most = float(definition["MinValue"]), float(definition["MaxValue"])
    except ValueError as error:
        raise invalid(f"Range {name}: MinValue and MaxValue must be numbers.") from error
    if least > most:
        raise invalid(f"Range {name}: MinValue {least:g} is larger than MaxValue {most:g}.")
    if scale not in _SCALES:
        raise invalid(f"Range {name}: ScalingType {scale} is not done here.")
    if scale == "Logarithmic" and least <= 0:
        raise invalid(f"Range {name}: a logarithmic range begins above 0.")
