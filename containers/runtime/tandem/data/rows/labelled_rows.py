"""Rows as a supervised algorithm needs them: features apart from label, weight and group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.column_names import find_column_order
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.errors import BadData, Location


@dataclass(frozen=True)
class LabelledRows:
    """Rows of one file, `before` of which came before them, below `head` lines that are no rows.

    `label`, `weight` and `group` (the query a row belongs to) have shape (rows,). `first_column` is
    what the file calls the first feature, so that an error can point at it. `names` are those of
    the features, where the file has them, and `label_column` is the label's. `numbers` are what the
    rows have as numbers, where some were taken out; sparse features have their own.
    """

    features: FloatArray | SparseMatrix
    label: FloatArray
    weight: FloatArray | None = None
    group: FloatArray | None = None
    file: str | None = None
    first_column: int = 0
    names: tuple[str, ...] | None = None
    rows_before: int = 0
    lines_above: int = 0
    label_column: str | None = None
    row_numbers: Sequence[int] | None = None

    def select(self, rows: NDArray[np.bool_]) -> LabelledRows:
        """Return some of the rows, which keep their numbers."""
        sparse = isinstance(self.features, SparseMatrix)
        return replace(
            self,
            features=self.features[rows],
            label=self.label[rows],
            weight=None if self.weight is None else self.weight[rows],
            group=None if self.group is None else self.group[rows],
            row_numbers=None if sparse else (np.flatnonzero(rows) + 1).tolist(),
        )

    def row_number(self, row: int) -> int:
        """Return the number in the file of a row that errors about these rows name."""
        own = row if self.row_numbers is None else self.row_numbers[row - 1]
        return own + self.rows_before + self.lines_above

    def align_columns(self, names: Sequence[str] | None) -> LabelledRows:
        """Return the features in the order of `names`; a file without names stays as it is.

        Raises BadData for a column that is not among them, or that is missing.
        """
        if names is None or self.names is None or isinstance(self.features, SparseMatrix):
            return self
        places = find_column_order(self.names, names, Location(self.file))
        if places is None:
            return self
        return replace(self, features=self.features[:, places], names=tuple(names))

    @property
    def width(self) -> int:
        """Number of features, as far as this file knows it."""
        return (
            self.features.width
            if isinstance(self.features, SparseMatrix)
            else self.features.shape[1]
        )

    def to_dense(self, width: int) -> FloatArray:
        """Return the features as a matrix. Raises BadData when they are of another width."""
        if isinstance(self.features, SparseMatrix):
            return self.features.to_dense(width)
        self._check_width(width)
        return self.features

    def split_blocks(self, width: int, cells: int) -> Iterator[tuple[int, FloatArray]]:
        """Return the features as matrices of so many cells, each with its first row, from 0.

        Raises BadData when they are of another width.
        """
        if not isinstance(self.features, SparseMatrix):
            self._check_width(width)
        step = max(1, cells // max(1, width))
        for start in range(0, len(self.label), step):
            rows = self.features[start : start + step]
            yield start, rows.to_dense(width) if isinstance(rows, SparseMatrix) else rows

    @contextmanager
    def locate_errors(self) -> Iterator[None]:
        """Let errors about these rows count the rows before them."""
        try:
            yield
        except BadData as error:
            if error.where.row is not None:
                error.where = replace(error.where, row=self.row_number(error.where.row))
            raise

    def _check_width(self, width: int) -> None:
        if self.width == width:
            return
        own_columns, expected_columns = (
            count + self.first_column - 1 for count in (self.width, width)
        )
        if self.rows_before:
            raise BadData(
                f"the row has {own_columns} columns, and the first has {expected_columns}",
                where=Location(self.file, 1),
            )
        raise BadData(
            f"has {own_columns} columns, and the files before it have {expected_columns}",
            where=Location(self.file),
        )


@runtime_checkable
class LabelledSource(Protocol):
    """A source of a format whose labels stand apart from the features."""

    def read_labelled_rows(self, *, unlabelled: bool = False) -> LabelledRows:
        """Read labels and features; where rows may be `unlabelled`, no label is NaN.

        Raises BadData.
        """
