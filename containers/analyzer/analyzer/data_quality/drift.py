"""The distance of two distributions, and how likely chance alone makes it as large.

The distances are Model Monitor's (Developer Guide, "Schema for Constraints": linf_simple and
linf_robust; the constant of the latter is that of Deequ's `Distances`). The p-values are those of
the two-sample Kolmogorov-Smirnov test and of Pearson's chi-squared test of homogeneity, corrected
for the number of features after Holm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from tandem.data.summaries.distribution import Distribution

_ROBUST = 1.8


@dataclass(frozen=True)
class Comparison:
    """Two samples: `distance` is the largest difference of their shares, from 0 to 1.

    For numbers these are the shares up to a value, for categories those of each. `baseline` and
    `current` are the sizes of the samples.
    """

    kind: str
    distance: float
    p_value: float
    baseline: int
    current: int

    @property
    def robust(self) -> float:
        """The distance less what samples of these sizes may differ by; from 0."""
        size = (self.baseline + self.current) / (self.baseline * self.current)
        return max(0.0, self.distance - _ROBUST * math.sqrt(size))


def compare_numbers(baseline: Distribution, current: Distribution) -> Comparison:
    """Compare two distributions of numbers, neither empty."""
    n, m = len(baseline), len(current)
    values = np.union1d(baseline.values, current.values)
    shares = [
        np.concatenate([[0.0], np.cumsum(each.counts) / len(each)])[
            np.searchsorted(each.values, values, side="right")
        ]
        for each in (baseline, current)
    ]
    distance = float(np.abs(shares[0] - shares[1]).max())
    p_value = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * distance))
    return Comparison("Numerical", distance, p_value, n, m)


def compare_categories(baseline: Mapping[str, int], current: Mapping[str, int]) -> Comparison:
    """Compare the counts of categories, of which either side has some."""
    names = sorted({*baseline, *current})
    table = np.array([[each.get(name, 0) for name in names] for each in (baseline, current)])
    n, m = table.sum(axis=1).tolist()
    distance = float(np.abs(table[0] / n - table[1] / m).max())
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = len(names) - 1
    p_value = float(special.chdtrc(freedom, statistic)) if freedom else 1.0
    return Comparison("Categorical", distance, p_value, n, m)


def correct_p_values(p_values: Sequence[float]) -> list[float]:
    """Return Holm's step-down p-values: the probability of one or more at most so small."""
    corrected = [1.0] * len(p_values)
    largest = 0.0
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected
