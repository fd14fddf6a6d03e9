"""What a body or a file becomes: a table of numbers and texts, column order fixed by a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray, TextArray
from tandem.data.unusual_counts import UnusualCounts
from tandem.errors import BadData


class NoRow(BadData):
    """A body or a file is what it is said to be, and has no row."""


Cell = str

SCORE = "score"
FEATURES = "features"
NO_TEXTS: TextArray = np.empty((0, 0), dtype=object)


@dataclass(frozen=True)
class Output:
    """A named part of an answer; `values` has shape (rows,), or (rows, n) for a list a row."""

    name: str
    values: NDArray[Any]


@dataclass(frozen=True)
class Table:
    """Rows in the schema's column order.

    `numbers` has shape (rows, number columns), missing is NaN. `texts` has shape (rows, text
    columns) and holds str, missing is None; it is empty where there are none. `label`, of shape
    (rows,), is there when the input had it. `key` is what a row's numbers are called in formats
    that give them a name. `outputs`, where there are any, are the named parts of an answer, and are
    written instead of all else. `names` are what `columns` are called, where they have names.
    `categories` are those of columns that hold codes, by the columns' names. `counts` say what was
    unusual about the values, where that was looked at; those of an answer are its request's.
    `weight`, of shape (rows,), is there when the input had the column of weights; it is not among
    `columns`.
    """

    numbers: FloatArray
    texts: TextArray = field(default_factory=lambda: NO_TEXTS)
    label: NDArray[Any] | None = None
    key: str = SCORE
    outputs: tuple[Output, ...] = ()
    names: tuple[str, ...] | None = None
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counts: UnusualCounts | None = None
    weight: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def split(self, size: int) -> Iterator[Table]:
        """Return the rows again, numbers and texts alone, `size` at a time."""
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield Table(self.numbers[rows], self.texts[rows])

    @property
    def has_texts(self) -> bool:
        """Whether a column holds texts, which not every format can write."""
        outputs = any(output.values.dtype == np.object_ for output in self.outputs)
        return outputs or bool(self.texts.size)

    def list_columns(self) -> list[NDArray[Any]]:
        """Return the columns in the order of writing: label, numbers, texts, or the outputs."""
        if self.outputs:
            blocks = [output.values.reshape(len(self), -1) for output in self.outputs]
            return [column for block in blocks for column in block.T]
        label = [] if self.label is None else [self.label]
        texts = list(self.texts.T) if self.texts.size else []
        return [*label, *self.numbers.T, *texts]


@dataclass(frozen=True)
class Records:
    """Raw rows of a format, before a schema gives the cells their types.

    `names` is None where the format does not say which column is which. `first_row` is the number
    the first of `rows` has in its file, so that an error can point at it. `header` is False where
    it is certain that no row holds the names. `unreadable` has the errors of columns, by name, that
    cannot be read and whose cells are empty here: they are raised where such a column is used.
    `typed` are the columns of numbers, where a format has types of columns; `numeric` says that
    every column is one.
    """

    rows: Sequence[Sequence[Cell]]
    names: tuple[str, ...] | None = None
    file: str | None = None
    first_row: int = 1
    header: bool = True
    unreadable: Mapping[str, BadData] = field(default_factory=dict)
    typed: frozenset[str] = frozenset()
    numeric: bool = False

    def row_number(self, index: int) -> int:
        """Return the number a row has in its file."""
        return self.first_row + index

    def check_readable(self, names: Iterable[str]) -> None:
        """Raise the error of the first of these columns that cannot be read."""
        for name in names if self.unreadable else ():
            if name in self.unreadable:
                raise self.unreadable[name]


def list_titles(table: Table) -> list[str]:
    """Say what the columns of a table are called: by names of its own, else `score_0` and so on."""
    if table.outputs:
        return [title for part in table.outputs for title in _number_titles(part.name, part.values)]
    if table.names is not None:
        return list(table.names)
    names = ["label"] if table.label is not None else []
    width = table.numbers.shape[1]
    several = width > 1 or table.key != SCORE
    names += [f"{table.key}_{i}" for i in range(width)] if several else [table.key]
    return names + [f"text_{i}" for i in range(table.texts.shape[1] if table.texts.size else 0)]


def _number_titles(name: str, values: NDArray[Any]) -> list[str]:
    return [name] if values.ndim == 1 else [f"{name}_{i}" for i in range(values.shape[1])]
