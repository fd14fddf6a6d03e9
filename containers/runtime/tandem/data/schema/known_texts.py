"""The texts of a model's columns that training saw, each with a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import TextArray
from tandem.data.schema.fields import Field
from tandem.data.tables import Table

Codes = NDArray[np.int32]


@dataclass(frozen=True)
class CodedTable(Table):
    """A table with the codes of its texts, shape (rows, text columns), as `KnownTexts` has them."""

    codes: Codes | None = None


@dataclass(frozen=True)
class KnownTexts:
    """The known texts of each text column, None for missing; None for a column without a list.

    The codes of a column follow those of the column before it. A column without a list has one
    code, which stands for any text.
    """

    columns: tuple[tuple[str | None, ...] | None, ...]

    @classmethod
    def from_fields(cls, fields: Sequence[Field]) -> KnownTexts:
        """Return the known texts of the text fields, in the order of their codes."""
        known = [field.policy.known for field in fields if field.kind == "text"]
        return cls(tuple(None if texts is None else _sort(texts) for texts in known))

    def encode(self, texts: TextArray) -> Codes | None:
        """Return the codes of texts, both of shape (rows, columns); None if one is unknown."""
        try:
            columns = [
                [codes[text] for text in column] if codes else [start] * len(column)
                for start, codes, column in zip(
                    self.starts, self.codes, texts.T.tolist(), strict=True
                )
            ]
        except KeyError:
            return None
        return np.ascontiguousarray(np.array(columns, dtype=np.int32).reshape(texts.shape[::-1]).T)

    def decode(self, codes: Codes) -> TextArray:
        """Return the texts of codes, in the same shape; None in columns without a list."""
        return self._texts.take(codes)

    @cached_property
    def count(self) -> int:
        """The number of codes."""
        return len(self._texts)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first code of each column."""
        sizes = [len(column or (None,)) for column in self.columns]
        return tuple(sum(sizes[:index]) for index in range(len(sizes)))

    @cached_property
    def codes(self) -> tuple[Mapping[str | None, int] | None, ...]:
        """The code of each known text, by column."""
        return tuple(
            None if column is None else {text: start + i for i, text in enumerate(column)}
            for column, start in zip(self.columns, self.starts, strict=True)
        )

    @cached_property
    def _texts(self) -> TextArray:
        return np.array([text for c in self.columns for text in c or (None,)], dtype=object)


def _sort(texts: frozenset[str | None]) -> tuple[str | None, ...]:
    words = sorted(text for text in texts if text is not None)
    return (None, *words) if None in texts else tuple(words)
