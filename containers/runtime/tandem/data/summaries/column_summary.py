"""The summary of a column: its distinct cells with counts, or totals and a sample of texts.

Up to `MOST` distinct cells of at most `LONGEST` characters in total, every cell is kept, and the
summary is exact. Beyond that, cells are counted as numbers, and a sample of the texts is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tandem.data.summaries.distribution import Distribution
from tandem.data.summaries.number_buckets import NumberBuckets
from tandem.data.summaries.text_sample import TextSample
from tandem.data.text import fast_floats
from tandem.data.text.canonical_form import normalize_word
from tandem.data.text.float_conversion import read_number

MOST = 1 << 16
LONGEST = 1 << 22
_WHOLE = re.compile(r"[+-]?[0-9]+")
# Of texts between zero bytes.
_PADDED = re.compile(r"(?:\A|\0)0[0-9]+(?:\0|\Z)")


class ColumnSummary:
    """The counted cells of a column; cells in `missing` hold no value.

    Texts are compared with `missing` as they are, numbers without surrounding blanks.
    """

    def __init__(self, missing: frozenset[str]) -> None:
        self.missing_values = missing
        self.rows = 0
        self._counts: Counter[str] | None = Counter()
        self._letters = 0
        self._totals = ColumnTotals()
        self._numbers: ColumnTotals | None = None

    @property
    def exact(self) -> bool:
        """Whether every different cell is known."""
        return self._counts is not None

    @property
    def missing(self) -> int:
        """Number of cells that are missing as they stand."""
        return self._count_missing(stripped=False)

    @property
    def absent(self) -> int:
        """Number of cells that are missing without the blanks around them."""
        return self._count_missing(stripped=True)

    @property
    def markers(self) -> list[str]:
        """The words this column has for a missing value, in sorted order."""
        return sorted({cell.strip() for cell in self._list_missing()} - {""})

    @property
    def counts(self) -> Mapping[str, int]:
        """The different cells that are not missing and their counts: all, or a sample of them."""
        if self._counts is None:
            return self._totals.sample.counts
        return {c: n for c, n in self._counts.items() if c not in self.missing_values}

    @property
    def distinct(self) -> int:
        """Number of different cells that are not missing; without `exact`, about so many."""
        if self._counts is not None:
            return len(self.counts)
        return self.rows if self.all_differ else min(self._totals.sample.distinct, self.rows - 1)

    @property
    def all_differ(self) -> bool:
        """Whether every row has a cell of its own, and none is missing."""
        if self.exact:
            return len(self.counts) == self.rows
        return not self.missing and all(count == 1 for count in self.counts.values())

    @property
    def words(self) -> int:
        """Number of cells that are neither numbers nor missing."""
        return self._read_numbers().words

    @property
    def whole(self) -> bool:
        """Whether every number is written as a whole one."""
        return not self._read_numbers().not_whole

    @property
    def fractions(self) -> int:
        """Number of cells that are numbers, and not written as whole ones."""
        found = self._read_numbers()
        return found.not_whole - found.words

    @property
    def padded(self) -> bool:
        """Whether a cell is digits that begin with a zero, as `00501` does."""
        return self._read_numbers().padded

    def unify_spelling(self) -> ColumnSummary:
        """Return the column with one spelling of numbers and booleans, if it is exact."""
        return self.respell(
            normalize_word, self.missing_values.union(map(normalize_word, self.missing_values))
        )

    def numbers(self) -> Distribution | None:
        """Return the distribution of the numbers, or None when a cell is a word."""
        found = self._read_numbers()
        return None if found.words else found.buckets.to_distribution()

    def add(self, counts: Mapping[str, int]) -> None:
        """Count cells."""
        self._numbers = None
        self.rows += sum(counts.values())
        if self._counts is None:
            self._totals.add(counts, self.missing_values)
            return
        self._letters += sum(map(len, counts.keys() - self._counts.keys()))
        self._counts.update(counts)
        if len(self._counts) > MOST or self._letters > LONGEST:
            self._totals.add(self._counts, self.missing_values)
            self._counts = None

    def merge(self, other: ColumnSummary) -> None:
        """Add the cells of another summary, which must not be used afterwards."""
        if other._counts is not None:
            self.add(other._counts)
            return
        if self._counts is not None:
            self._totals.add(self._counts, self.missing_values)
            self._counts = None
        self.rows += other.rows
        self._totals.merge(other._totals)

    def respell(
        self, spell: Callable[[str], str], missing: frozenset[str] | None = None
    ) -> ColumnSummary:
        """Return the column with `spell` applied to each cell, equal results counted together.

        Missing cells stay as they are, and so does a column that is not exact. `missing` replaces
        the missing values of the result.
        """
        if self._counts is None:
            return self
        counts: Counter[str] = Counter()
        for cell, count in self._counts.items():
            counts[cell if cell in self.missing_values else spell(cell)] += count
        return count_cells(counts, self.missing_values if missing is None else missing)

    def _list_missing(self) -> Mapping[str, int]:
        if self._counts is None:
            return self._totals.marks
        return {c: n for c, n in self._counts.items() if c.strip() in self.missing_values}

    def _count_missing(self, *, stripped: bool) -> int:
        return sum(
            n for c, n in self._list_missing().items() if stripped or c in self.missing_values
        )

    def _read_numbers(self) -> ColumnTotals:
        if self._counts is None:
            return self._totals
        if self._numbers is None:
            self._numbers = ColumnTotals()
            self._numbers.add_numbers(self._counts, self.missing_values)
        return self._numbers


class ColumnTotals:
    """The totals of a column: counts of words, numbers in buckets, and a sample of texts."""

    def __init__(self) -> None:
        self.marks: Counter[str] = Counter()
        self.words = 0
        self.not_whole = 0
        self.padded = False
        self.buckets = NumberBuckets()
        self.sample = TextSample()

    def add(self, counts: Mapping[str, int], missing: frozenset[str]) -> None:
        """Count cells."""
        self.add_numbers(counts, missing)
        self.sample.add({c: n for c, n in counts.items() if c not in missing})

    def add_numbers(self, counts: Mapping[str, int], missing: frozenset[str]) -> None:
        """Count cells as numbers."""
        texts, times = [], []
        for cell, count in counts.items():
            text = cell.strip()
            if text in missing:
                self.marks[cell] += count
            else:
                texts.append(text)
                times.append(count)
        self.padded = self.padded or _PADDED.search("\0".join(texts)) is not None
        self.not_whole += sum(
            count for text, count in zip(texts, times, strict=True) if not _WHOLE.fullmatch(text)
        )
        values = fast_floats.read_column(texts) if texts and "" not in texts else None
        if values is None:
            values, times = self._read_one_by_one(texts, times, missing)
        if len(values):
            self.buckets.add(values, times)

    def _read_one_by_one(
        self, texts: list[str], times: list[int], missing: frozenset[str]
    ) -> tuple[NDArray[np.float64], list[int]]:
        """Return the numbers and their counts, and count the words."""
        values, counts = [], []
        for text, count in zip(texts, times, strict=True):
            try:
                value = read_number(text, missing)
            except ValueError:
                self.words += count
                continue
            # What reads as NaN is missing without being one of the words for it.
            if value == value:  # noqa: PLR0124
                values.append(value)
                counts.append(count)
        return np.array(values, dtype=np.float64), counts

    def merge(self, other: ColumnTotals) -> None:
        """Add the counts of other totals."""
        self.marks.update(other.marks)
        self.words += other.words
        self.not_whole += other.not_whole
        self.padded = self.padded or other.padded
        self.buckets.merge(other.buckets)
        self.sample.merge(other.sample)


def count_cells(cells: Mapping[str, int] | list[str], missing: frozenset[str]) -> ColumnSummary:
    """Return the summary of a column's cells, given as a list or as counts."""
    column = ColumnSummary(missing)
    column.add(cells if isinstance(cells, Mapping) else Counter(cells))
    return column
