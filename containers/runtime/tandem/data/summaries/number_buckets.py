"""Numbers counted by their leading bits: all bits while they are few, fewer bits once they are not.

Which numbers share a bucket is decided by all numbers together and not by the order they came in:
there are as many bits as leave at most `MOST` buckets. So merging gives the same buckets however
the rows were dealt out, and a bucket's bounds are known, as is the exact sum of its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tandem.data.summaries.distribution import Distribution, insert_ends

Ints = NDArray[np.int64]

MOST = 1 << 16
_PENDING = 2 * MOST
_HALF = 26
_LOW = (1 << _HALF) - 1
_MANTISSA = 52
_ALL = np.int64(0x7FFF_FFFF_FFFF_FFFF)


class NumberBuckets:
    """Counts of numbers in at most `most` buckets that drop the last bits of the mantissa."""

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST if most is None else most
        self._shift = 0
        # A row a bucket: its place in order, its count, and the sum of what the bits dropped said,
        # in two halves so that no sum is too large for an integer.
        self._table: Ints = np.zeros((4, 0), dtype=np.int64)
        self._pending: list[Ints] = []
        self._ends: Ints = np.zeros(0, dtype=np.int64)

    def add(self, values: NDArray[np.float64], counts: Sequence[int] | Ints) -> None:
        """Add numbers without NaN, float64 of shape (values,), each `counts` times."""
        table = np.zeros((4, len(values)), dtype=np.int64)
        table[0] = _to_ordered_integers(np.asarray(values, dtype=np.float64))
        table[1] = counts
        self._widen_ends(table[0])
        self._pending.append(_drop_bits(table, self._shift))
        if sum(part.shape[1] for part in self._pending) > _PENDING:
            self._compact()

    def merge(self, other: NumberBuckets) -> None:
        """Add the numbers of other buckets, which must not be used afterwards."""
        other._compact()
        self._compact()
        shift = max(self._shift, other._shift)
        self._table = _drop_bits(self._table, shift - self._shift, self._shift)
        self._shift = shift
        self._pending.append(_drop_bits(other._table, shift - other._shift, other._shift))
        self._compact()
        self._widen_ends(other._ends)

    def to_distribution(self) -> Distribution:
        """Return the sorted numbers with their counts; a bucket is its mean, which is exact."""
        self._compact()
        bucket, counts, high, low = self._table
        start = _from_ordered_integers(bucket << self._shift)
        if not self._shift:
            return Distribution(start, counts)
        # Exact: what is left of the two divisions is below the count, so nothing overflows.
        whole, rest = np.divmod(high, counts)
        more, rest = np.divmod((rest << _HALF) + low, counts)
        offset = ((whole << _HALF) + more) + rest / counts
        step = _from_ordered_integers((bucket << self._shift) + 1) - start
        low, high = _from_ordered_integers(self._ends).tolist()
        means = start + offset * step
        return insert_ends(Distribution(means, counts, _MANTISSA - self._shift), low, high)

    def _widen_ends(self, ordered: Ints) -> None:
        both = np.concatenate([self._ends, ordered])
        self._ends = np.array([both.min(), both.max()]) if len(both) else both

    def _compact(self) -> None:
        if not self._pending:
            return
        joined = np.concatenate([self._table, *self._pending], axis=1)
        self._pending = []
        self._table = _merge_equal_buckets(joined)
        while self._table.shape[1] > self._most and self._shift < _MANTISSA:
            self._table = _merge_equal_buckets(_drop_bits(self._table, 1, self._shift))
            self._shift += 1


def _to_ordered_integers(values: NDArray[np.float64]) -> Ints:
    """Return int64 values in the order of the numbers; adjacent floats are adjacent integers."""
    bits = (values + 0.0).view(np.int64)  # -0.0 becomes 0.0
    ordered: Ints = np.where(bits < 0, bits ^ _ALL, bits)
    return ordered


def _from_ordered_integers(ordered: Ints) -> NDArray[np.float64]:
    return np.where(ordered < 0, ordered ^ _ALL, ordered).view(np.float64)


def _drop_bits(table: Ints, by: int, shift: int = 0) -> Ints:
    """Drop `by` more bits of a table that lacks `shift` bits, and add their value to the sums."""
    if not by or not table.shape[1]:
        return table
    bucket, counts, high, low = table
    dropped = (bucket & ((1 << by) - 1)) << shift
    return np.array(
        [
            bucket >> by,
            counts,
            high + (dropped >> _HALF) * counts,
            low + (dropped & _LOW) * counts,
        ]
    )


def _merge_equal_buckets(table: Ints) -> Ints:
    """Return the table sorted by bucket, with equal buckets added up."""
    table = table[:, np.argsort(table[0], kind="stable")]
    first = np.flatnonzero(np.diff(table[0], prepend=table[0][:1] - 1))
    if not len(first):
        return table
    sums = np.add.reduceat(table[1:], first, axis=1)
    return np.concatenate([table[:1, first], sums])
