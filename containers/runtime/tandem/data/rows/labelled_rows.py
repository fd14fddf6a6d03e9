"""Rows of a training file with features, label, weight and group apart."""

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
    """Some rows of one file.

    `features` has shape (rows, features); `label`, `weight` and `group` (the query id of a row)
    have shape (rows,). `rows_before` rows of the file precede them, below `lines_above` lines that
    are not rows. `first_column` is the file's number of the first feature's column, for error
    messages. `names` are the features' names and `label_column` the label's, if the file has names.
    `row_numbers` are set when rows were removed; sparse features have their own.
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
        """Return the rows where the mask `rows` is True; they keep their row numbers."""
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
        """Return the row number in the file of a row counted from 1 here, for error messages."""
        own = row if self.row_numbers is None else self.row_numbers[row - 1]
        return own + self.rows_before + self.lines_above

    def align_columns(self, names: Sequence[str] | None) -> LabelledRows:
        """Return the rows with features in the order of `names`; unchanged without column names.

        Raises BadData when a column is unknown or missing.
        """
        if names is None or self.names is None or isinstance(self.features, SparseMatrix):
            return self
        column_order = find_column_order(self.names, names, Location(self.file))
        if column_order is None:
            return self
        return replace(self, features=self.features[:, column_order], names=tuple(names))

    @property
    def width(self) -> int:
        """The number of features; without a stated width the largest sparse index plus one."""
        return (
            self.features.width
            if isinstance(self.features, SparseMatrix)
            else self.features.shape[1]
        )

    def to_dense(self, width: int) -> FloatArray:
        """Return the features, shape (rows, width). Raises BadData when the width differs."""
        if isinstance(self.features, SparseMatrix):
            return self.features.to_dense(width)
        self._check_width(width)
        return self.features

    def split_blocks(self, width: int, cells: int) -> Iterator[tuple[int, FloatArray]]:
        """Yield blocks of about `cells` cells: (first row from 0, features of shape (rows, width)).

        Raises BadData when the width differs.
        """
        if not isinstance(self.features, SparseMatrix):
            self._check_width(width)
        step = max(1, cells // max(1, width))
        for start in range(0, len(self.label), step):
            rows = self.features[start : start + step]
            yield start, rows.to_dense(width) if isinstance(rows, SparseMatrix) else rows

    @contextmanager
    def locate_errors(self) -> Iterator[None]:
        """Raise BadData of the body with row numbers of the file instead of this part."""
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
    """A source of a format that stores labels apart from the features."""

    def read_labelled_rows(self, *, unlabelled: bool = False) -> LabelledRows:
        """Read labels and features; with `unlabelled`, a missing label is NaN.

        Raises BadData when a row is invalid or its label is missing.
        """
