"""A distribution of numbers: sorted distinct values with their counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import Float64Array


@dataclass(frozen=True)
class Distribution:
    """Distinct `values` in ascending order, without NaN, and their `counts`.

    `bits` is None when the values are exact. Otherwise numbers that agree in their first `bits`
    mantissa bits share one value, their mean: the relative error is at most 2**-bits.
    """

    values: Float64Array
    counts: NDArray[np.int64]
    bits: int | None = None

    def __len__(self) -> int:
        return int(self._ranks[-1]) if len(self.values) else 0

    @property
    def low(self) -> float:
        """The least value."""
        return float(self.values[0])

    @property
    def high(self) -> float:
        """The greatest value."""
        return float(self.values[-1])

    @cached_property
    def total(self) -> float:
        """The sum; infinite where no number holds it."""
        with np.errstate(over="ignore"):
            parts = (self.values * self.counts).tolist()
        try:
            return math.fsum(parts)
        except (OverflowError, ValueError):
            return math.inf if self.high > 0 else -math.inf

    @property
    def mean(self) -> float:
        """The mean."""
        return self.low if self.low == self.high else self.total / len(self)

    @cached_property
    def deviation(self) -> float:
        """The standard deviation of the values as a whole population."""
        if not math.isfinite(self.mean):
            return math.inf
        with np.errstate(over="ignore", invalid="ignore"):
            squares = (self.values - self.mean) ** 2 * self.counts
        return math.sqrt(math.fsum(squares.tolist()) / len(self))

    def values_at(self, ranks: NDArray[np.int64]) -> Float64Array:
        """Return the values at 0-based ranks as float64, shape (ranks,)."""
        return self.values[np.searchsorted(self._ranks, ranks, side="right")]

    def quantiles(self, shares: Float64Array) -> Float64Array:
        """Return the quantiles at `shares`, float64, as `numpy.quantile` does (`_lerp`)."""
        positions = (len(self) - 1) * np.asarray(shares, dtype=np.float64)
        below = np.floor(positions)
        least = below.astype(np.int64)
        low, high = self.values_at(least), self.values_at(np.minimum(least + 1, len(self) - 1))
        part = positions - below
        interpolated = np.where(
            part >= 0.5, high - (high - low) * (1 - part), low + (high - low) * part
        )
        return np.where(high == low, low, interpolated)

    @property
    def median(self) -> float:
        """The middle value, or the mean of the two in the middle."""
        middle = (len(self) - 1) // 2
        low, high = self.values_at(np.array([middle, len(self) // 2])).tolist()
        return float(low if low == high else (low + high) / 2)

    def sum_by_index(self, indices: NDArray[np.intp], least: int) -> list[int]:
        """Return the number of values at each index from 0, at least `least` counts."""
        sums = np.zeros(max(least, int(indices.max()) + 1), dtype=np.int64)
        np.add.at(sums, indices, self.counts)
        return [int(count) for count in sums]

    @cached_property
    def _ranks(self) -> NDArray[np.int64]:
        return np.cumsum(self.counts)


def build_distribution(
    values: Float64Array, counts: NDArray[np.int64] | None = None, bits: int | None = None
) -> Distribution:
    """Return the distribution of values, each counted `counts` times or once; NaN is left out."""
    values = np.asarray(values, dtype=np.float64) + 0.0
    weights = np.ones(len(values), dtype=np.int64) if counts is None else counts
    present = ~np.isnan(values)
    distinct, indices = np.unique(values[present], return_inverse=True)
    sums = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(sums, indices, weights[present])
    return Distribution(distinct, sums, bits)


def insert_ends(means: Distribution, low: float, high: float) -> Distribution:
    """Return the bucket means with the exact minimum and maximum inserted."""
    values, counts = means.values.tolist(), means.counts.tolist()
    for index, end in ((len(values) - 1, high), (0, low)):
        mean, count = values[index], counts[index]
        if count == 1:
            values[index] = end
        elif mean != end:
            values[index], counts[index] = mean + (mean - end) / (count - 1), count - 1
            position = index + (end == high)
            values.insert(position, end)
            counts.insert(position, 1)
    return Distribution(np.array(values), np.array(counts, dtype=np.int64), means.bits)
