"""The columns that a model reads, their number ranges and the rules for their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.schema.policies import PLAIN, Policy
from tandem.data.text.canonical_form import normalize_word, normalize_words
from tandem.data.text.number_formats import NumberFormat

FieldKind = Literal["number", "text"]


@dataclass(frozen=True)
class Field:
    """One named column and the policy for its unusual values.

    `format` is its number format, None for plain digits. With `one_spelling`, numbers and booleans
    among its texts are read in canonical form, as its known texts are. With `lower`, texts are read
    in lower case.
    """

    name: str
    kind: FieldKind
    policy: Policy = PLAIN
    format: NumberFormat | None = None
    one_spelling: bool = False
    lower: bool = False


@dataclass(frozen=True)
class NumberRanges:
    """The ranges of columns of numbers, each an array of shape (columns,).

    `complete` is true for the columns that had no missing value in training.
    """

    low: FloatArray
    high: FloatArray
    complete: NDArray[np.bool_]

    @classmethod
    def from_fields(cls, fields: Sequence[Field]) -> NumberRanges:
        """Return the ranges of the fields' policies."""
        policies = [field.policy for field in fields]
        complete = np.array([p.complete for p in policies], dtype=np.bool_)
        return cls(
            np.array([p.low for p in policies]), np.array([p.high for p in policies]), complete
        )

    def has_violation(self, numbers: FloatArray) -> bool:
        """Return True when a number is out of range, or missing in a complete column.

        `numbers` has shape (rows, columns).
        """
        above, below = np.count_nonzero(numbers >= self.low), np.count_nonzero(numbers <= self.high)
        if above == below == numbers.size:
            return False
        gone = np.isnan(numbers)
        there = numbers.size - np.count_nonzero(gone)
        return bool(above < there or below < there or np.count_nonzero(gone & self.complete))


@dataclass(frozen=True)
class TextRules:
    """The rules for reading texts: `missing` words, and `strip` to remove surrounding blanks."""

    missing: frozenset[str]
    strip: bool

    def normalize_words(self, words: list[str | None], field: Field) -> list[str | None]:
        """Return the texts of a field as they were in training; missing is None."""
        if self.strip:
            missing = self.missing
            stripped = [word and word.strip() for word in words]
            words = [None if word in missing else word for word in stripped]
        if field.one_spelling:
            words = normalize_words(words, self._missing)
        return [word and word.lower() for word in words] if field.lower else words

    @cached_property
    def _missing(self) -> frozenset[str]:
        """The words that mean missing, in canonical form too."""
        return self.missing.union(map(normalize_word, self.missing))
