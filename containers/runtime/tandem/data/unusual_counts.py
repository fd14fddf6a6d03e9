"""Counts of a request's values that training never saw, by kind and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

UNSEEN, OUT_OF_RANGE = "unseen", "out_of_range"
MISSING_COLUMN, UNPARSABLE = "missing_column", "unparsable"
MISSING_VALUE = "missing_value"
KINDS = (UNSEEN, OUT_OF_RANGE, MISSING_COLUMN, UNPARSABLE, MISSING_VALUE)


class UnusualCounts:
    """The number of unusual values of a request, by kind (one of `KINDS`) and column."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, kind: str, column: str, count: int) -> None:
        """Add to the count of a kind in a column."""
        self._counts[kind, column] += count

    def get(self, kind: str, column: str) -> int:
        """Return the number of values of a kind in a column."""
        return self._counts[kind, column]

    def merge(self, other: UnusualCounts) -> None:
        """Add the counts of another object."""
        self._counts.update(other._counts)

    def sum_by_kind(self) -> dict[str, int]:
        """Return the count of each kind over all columns, in the order of `KINDS`."""
        totals = Counter[str]()
        for (kind, _), count in self._counts.items():
            totals[kind] += count
        return {kind: totals[kind] for kind in KINDS if kind in totals}

    def rank_columns(self, kind: str) -> Iterator[tuple[str, int]]:
        """Return columns with values of a kind and their counts, largest count first."""
        for (counted_kind, column), count in self._counts.most_common():
            if counted_kind == kind:
                yield column, count
