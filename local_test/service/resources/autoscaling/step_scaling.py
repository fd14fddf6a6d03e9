"""Step scaling: how many instances an alarm adds or removes.

Source: Application Auto Scaling User Guide, 'Step scaling policies': bounds are relative to the
alarm's threshold; percentages are rounded towards zero, and to one instance at least.
"""

import math
from itertools import pairwise

from local_test.service.api.api_errors import invalid
from local_test.service.storage.records import Record

_CONFIGURATION = "StepScalingPolicyConfiguration"
_COOLDOWN_SECONDS = 300


def check_steps(configuration: Record) -> None:
    """Raise ApiError when the steps of a policy are missing, overlap or leave a gap."""
    if "AdjustmentType" not in configuration:
        raise invalid("AdjustmentType missing: StepScalingPolicyConfiguration. Add it.")
    steps = configuration.get("StepAdjustments", [])
    if not steps:
        raise invalid("StepAdjustments missing: StepScalingPolicyConfiguration. Add one step.")
    ranges = sorted(_read_range(step) for step in steps)
    if any(lower >= upper for lower, upper in ranges):
        raise invalid("StepAdjustments: each upper bound must be greater than the lower bound.")
    if any(one[1] != other[0] for one, other in pairwise(ranges)):
        raise invalid("StepAdjustments overlap or leave a gap. Let each begin where one ends.")


def compute_capacity(
    policy: Record, value: float, threshold: float, current: int, moment: float
) -> int:
    """Return the capacity that a breach of the alarm's threshold asks for.

    `current` is returned where it asks for none, or a cooldown forbids it. In a cooldown after
    instances were added, these are part of a larger step.
    """
    configuration = policy[_CONFIGURATION]
    step = next(
        (one for one in configuration["StepAdjustments"] if _covers(one, value - threshold)), None
    )
    if step is None:
        return current
    cooldown = configuration.get("Cooldown", _COOLDOWN_SECONDS)
    out = policy.get("LastScaleOut", {"Time": -math.inf, "Base": current})
    base = int(out["Base"]) if moment < out["Time"] + cooldown else current
    desired = max(_adjust(configuration, base, step["ScalingAdjustment"]), 0)
    if desired > base:
        return max(desired, current)
    cooling = moment < policy.get("LastScaleIn", -math.inf) + cooldown
    return current if cooling or base != current else desired


def _adjust(configuration: Record, capacity: int, adjustment: int) -> int:
    kind = configuration["AdjustmentType"]
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return capacity + adjustment
    change = math.trunc(capacity * adjustment / 100)
    least = max(int(configuration.get("MinAdjustmentMagnitude", 1)), 1)
    return capacity + int(math.copysign(max(abs(change), least), adjustment))


def _covers(step: Record, difference: float) -> bool:
    lower, upper = _read_range(step)
    if difference >= 0:  # below the threshold the upper bound belongs to a step
        return lower <= difference < upper
    return lower < difference <= upper


def _read_range(step: Record) -> tuple[float, float]:
    lower = step.get("MetricIntervalLowerBound", -math.inf)
    return float(lower), float(step.get("MetricIntervalUpperBound", math.inf))
