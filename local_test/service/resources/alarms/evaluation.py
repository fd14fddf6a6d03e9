"""The state of an alarm, from the values of its metric.

Source: CloudWatch User Guide, 'Alarm evaluation' and 'Configuring how CloudWatch alarms treat
missing data'.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
EXTRA_PERIODS = 2
"""Periods that are looked at beyond the alarm's own, where some have no value."""


@dataclass(frozen=True)
class AlarmRule:
    """When an alarm is in the state ALARM: `breaching` of `periods` values breach the threshold."""

    comparison: str
    threshold: float
    periods: int
    breaching: int
    missing: str = "missing"

    def find_state(self, values: Sequence[float | None], before: str) -> str:
        """Return the state; `values` are those of the last periods, the newest last."""
        real = [value for value in values if value is not None]
        if len(real) >= self.periods:
            return self._judge(sum(map(self._breaches, real[-self.periods :])))
        if self.missing == "ignore":
            return before
        if self.missing == "missing":
            return self._judge_few(values, real, before)
        filled = self.periods - len(real) if self.missing == "breaching" else 0
        return self._judge(sum(map(self._breaches, real)) + filled)

    def describe_state(self, values: Sequence[float | None], state: str) -> str:
        """Return the reason of a state as CloudWatch words it."""
        real = [value for value in values if value is not None][-self.periods :]
        if state == UNKNOWN:
            return f"Insufficient Data: {self.periods} datapoints were unknown."
        if not real:
            return (
                f"Threshold Crossed: no datapoints were received for {self.periods} periods and "
                f"{self.periods} missing datapoints were treated as [{self.missing}]."
            )
        verb = "was" if len(real) == 1 else "were"
        negation = "" if state == ALARM else "not "
        listed = ", ".join(str(value) for value in reversed(real))
        plural = "datapoint" if len(real) == 1 else "datapoints"
        return (
            f"Threshold Crossed: {len(real)} {plural} [{listed}] {verb} {negation}"
            f"{COMPARISONS[self.comparison][1]} the threshold ({self.threshold})."
        )

    def _judge(self, count: int) -> str:
        return ALARM if count >= self.breaching else OK

    def _judge_few(self, values: Sequence[float | None], real: Sequence[float], before: str) -> str:
        """Judge fewer values than periods: an alarm needs a breach that is old enough."""
        if not real:
            return UNKNOWN
        if not all(map(self._breaches, real)):
            return self._judge(sum(map(self._breaches, real)))
        first = next(index for index, value in enumerate(values) if value is not None)
        return ALARM if len(values) - first >= self.breaching else before

    def _breaches(self, value: float) -> bool:
        return COMPARISONS[self.comparison][0](value, self.threshold)
