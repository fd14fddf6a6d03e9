"""Tables and records: the content of a body or file after and before a schema is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray, TextArray
from tandem.data.feature_sources import FeatureSources
from tandem.data.unusual_counts import UnusualCounts
from tandem.errors import BadData


class NoRow(BadData):
    """A body or file of a valid format has no row."""


Cell = str

SCORE = "score"
FEATURES = "features"
# The parts of an explanation, which stand beside `SCORE`.
ATTRIBUTIONS = "attributions"
BASE_VALUE = "base_value"
UNIT = "attribution_unit"
NO_TEXTS: TextArray = np.empty((0, 0), dtype=object)


@dataclass(frozen=True)
class Output:
    """A named part of a response; `values` has shape (rows,), or (rows, n) for a list a row.

    With `titles`, the names of n values, it is an object a row, or of values of shape (rows, m, n)
    a list of m objects.
    """

    name: str
    values: NDArray[Any]
    titles: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """Rows in the schema's column order.

    `numbers` has shape (rows, number columns), missing is NaN. `texts` has shape (rows, text
    columns) and holds str, missing is None; without text columns it is empty. `label` and `weight`
    have shape (rows,) and are set when the input has these columns. `key` is the name of a row's
    numbers in formats that name them. `outputs` are the named parts of a response; if there are
    any, nothing else is written. `names` are the titles of `list_columns()`, if they have names;
    `weight` is not among them. `categories` has those of columns of codes, by column name. `counts`
    has the unusual values, if they were counted; those of a response are its request's.
    `sources` are the raw columns of features, where the request tells them.
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
    sources: FeatureSources | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def split(self, size: int) -> Iterator[Table]:
        """Split the rows into tables of `size` rows, with numbers and texts only."""
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield Table(self.numbers[rows], self.texts[rows])

    @property
    def has_texts(self) -> bool:
        """Whether a column has texts, which not every format can write."""
        outputs = any(output.values.dtype == np.object_ for output in self.outputs)
        return outputs or bool(self.texts.size)

    def list_columns(self) -> list[NDArray[Any]]:
        """Return columns of shape (rows,) in output order: label, numbers, texts; or outputs."""
        if self.outputs:
            blocks = [output.values.reshape(len(self), -1) for output in self.outputs]
            return [column for block in blocks for column in block.T]
        label = [] if self.label is None else [self.label]
        texts = list(self.texts.T) if self.texts.size else []
        return [*label, *self.numbers.T, *texts]


@dataclass(frozen=True)
class Records:
    """Raw rows of a format, before a schema gives the cells their types.

    `names` is None when the format does not name the columns. `first_row` is the row number of the
    first of `rows` in its file, for error messages. `header` is False when certainly no row has the
    column names. `unreadable` has the errors of columns that cannot be read, by name; their cells
    are empty, and the error is raised when such a column is used. `typed` are the number columns,
    in formats with column types; with `numeric` every column is one. `floats` are the columns that
    have been read already, by name, each float64 of shape (rows,).
    """

    rows: Sequence[Sequence[Cell]]
    names: tuple[str, ...] | None = None
    file: str | None = None
    first_row: int = 1
    header: bool = True
    unreadable: Mapping[str, BadData] = field(default_factory=dict)
    typed: frozenset[str] = frozenset()
    numeric: bool = False
    floats: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def row_number(self, index: int) -> int:
        """Return the row number in the file, from 1, of an index in `rows`."""
        return self.first_row + index

    def list_columns(self) -> Sequence[Sequence[Cell]]:
        """Return the cells of each column."""
        return list(zip(*self.rows, strict=True))

    def check_readable(self, names: Iterable[str]) -> None:
        """Raise the error of the first of these columns that cannot be read, if there is one."""
        for name in names if self.unreadable else ():
            if name in self.unreadable:
                raise self.unreadable[name]


@dataclass(frozen=True)
class ColumnRecords(Records):
    """Raw rows of a format with columns: `columns` has their cells, and `rows` only their number.

    Columns without cells are in `floats` by name: float64 of shape (rows,), missing is NaN.
    """

    columns: Sequence[Sequence[Cell]] = ()

    def list_columns(self) -> Sequence[Sequence[Cell]]:
        """Return the cells of each column."""
        return self.columns


def list_titles(table: Table) -> list[str]:
    """Return the titles of a table's columns: its own names, else `score_0` and so on."""
    if table.outputs:
        return [title for part in table.outputs for title in _list_output_titles(part)]
    if table.names is not None:
        return list(table.names)
    names = ["label"] if table.label is not None else []
    width = table.numbers.shape[1]
    several = width > 1 or table.key != SCORE
    names += [f"{table.key}_{i}" for i in range(width)] if several else [table.key]
    return names + [f"text_{i}" for i in range(table.texts.shape[1] if table.texts.size else 0)]


def _list_output_titles(part: Output) -> list[str]:
    name, shape = part.name, part.values.shape[1:]
    if part.titles is not None:
        prefixes = [name] if len(shape) == 1 else [f"{name}_{i}" for i in range(shape[0])]
        return [f"{prefix}_{title}" for prefix in prefixes for title in part.titles]
    return [f"{name}_{i}" for i in range(shape[0])] if shape else [name]
