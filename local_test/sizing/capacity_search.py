"""The highest rate that one instance carries, found by bisection."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from local_test.sizing.open_loop import LoadResult

_FIRST_RATE = 2.0
_TOLERANCE = 1.1
"""The search ends when the lowest rate that fails is at most 10 % above the highest that holds."""


@dataclass(frozen=True)
class Sizing:
    """How many instances a traffic needs.

    `wanted` and `sustained` are requests a second, of the traffic and of one instance; `p99` is the
    longest allowed 99th percentile in seconds. `trials` are the measurements in their order.
    `instances` is None where not even two requests a second are answered in time.
    """

    wanted: float
    p99: float
    sustained: float
    trials: tuple[LoadResult, ...]

    @property
    def instances(self) -> int | None:
        """The number of instances for the traffic, None if no number is enough."""
        return math.ceil(self.wanted / self.sustained) if self.sustained else None


def size_instances(measure: Callable[[float], LoadResult], wanted: float, p99: float) -> Sizing:
    """Find the rate that one instance carries, up to the one that is wanted.

    `measure` loads one instance with a rate. The rate is doubled until it is too high, then the
    interval is halved.
    """
    trials: list[LoadResult] = []

    def holds(rate: float) -> bool:
        trials.append(measure(rate))
        return trials[-1].meets(p99)

    good, bad = 0.0, math.inf
    rate = min(_FIRST_RATE, wanted)
    while bad == math.inf and good < wanted:
        if holds(rate):
            good, rate = rate, min(2 * rate, wanted)
        else:
            bad = rate
    while good and bad < math.inf and bad > good * _TOLERANCE:
        middle = math.sqrt(good * bad)
        if holds(middle):
            good = middle
        else:
            bad = middle
    return Sizing(wanted, p99, good, tuple(trials))
