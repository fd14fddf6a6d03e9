"""How values of a metric are distributed, for percentiles: counts of values that are about equal.

A percentile is within half a percent of a value that was added.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_STEP = math.log(1.01)


@dataclass
class Distribution:
    """Counts of values by the logarithm of their size; values below zero count as zero."""

    counts: Counter[int | None] = field(default_factory=Counter)

    def add(self, value: float) -> None:
        """Add one value."""
        self.counts[math.floor(math.log(value) / _STEP) if value > 0 else None] += 1

    def find_percentile(self, percent: float) -> float | None:
        """Return the smallest value that `percent` of 100 do not exceed, None without values."""
        wanted = math.ceil(self.counts.total() * percent / 100) or 1
        seen = self.counts[None]
        if seen >= wanted:
            return 0.0
        for key in sorted(key for key in self.counts if key is not None):
            seen += self.counts[key]
            if seen >= wanted:
                return math.exp((key + 0.5) * _STEP)
        return None


def merge_distributions(parts: Iterable[Distribution]) -> Distribution:
    """Return the distribution of the values of all parts."""
    merged = Distribution()
    for part in parts:
        merged.counts.update(part.counts)
    return merged
