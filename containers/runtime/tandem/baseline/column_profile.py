"""Column profiles: what a baseline and reports show of each column."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.summaries.distribution import Distribution

InferredType = Literal["Integral", "Fractional", "String", "Unknown"]
# A column of more distinct texts has no domain: its values may be personal data.
DOMAIN = 100


@dataclass(frozen=True)
class ColumnProfile:
    """The profile of column `name`, read from its summary `column`."""

    name: str
    column: ColumnSummary

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.column.rows

    @property
    def absent(self) -> int:
        """Number of rows without a value."""
        return self.column.absent

    @property
    def markers(self) -> list[str]:
        """The words this column has for a missing value, in sorted order."""
        return self.column.markers

    @cached_property
    def counts(self) -> Counter[str]:
        """The count of each stripped value that is not missing."""
        found: Counter[str] = Counter()
        for cell, count in self.column.counts.items():
            if cell.strip() not in self.column.missing_values:
                found[cell.strip()] += count
        return found

    @property
    def distinct(self) -> int:
        """Number of different values."""
        return len(self.counts) if self.column.exact else self.column.distinct

    @property
    def domain(self) -> Counter[str]:
        """The count of each value, most frequent first; empty if there are many or all differ.

        Values with equal counts are in the order of their texts.
        """
        few = self.column.exact and len(self.counts) <= DOMAIN
        if not few or len(self.counts) >= self.rows - self.absent:
            return Counter()
        return Counter(dict(sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))))

    @cached_property
    def spread(self) -> Distribution | None:
        """The distribution of the values, or None when one is not a number."""
        return self.column.numbers()

    @property
    def numbers(self) -> NDArray[np.float64] | None:
        """The sorted distinct values, float64, or None when one is not a number."""
        return None if self.spread is None else self.spread.values

    @cached_property
    def inferred_type(self) -> InferredType:
        """The inferred type in Model Monitor's terms."""
        if self.absent == self.rows:
            return "Unknown"
        if self.spread is None:
            return "String"
        return "Integral" if self.column.whole else "Fractional"
