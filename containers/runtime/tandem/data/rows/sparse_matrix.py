"""Sparse rows: values with column indices; an absent value is missing, never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.column_names import UnnamedSource
from tandem.data.schema.matrix_schema import make_width_error
from tandem.data.tables import Records
from tandem.errors import BadData, Location, PayloadTooLarge

# A short body may stand for a large matrix: half a gigabyte is where serving refuses it.
LARGEST_MATRIX = 1 << 26
_MISSING = np.nan


@dataclass(frozen=True)
class SparseMatrix(UnnamedSource):
    """Numbers at column indices, counted from 0 and never shifted.

    Row r has `values[starts[r]:starts[r + 1]]` at `indices[starts[r]:starts[r + 1]]`. `shape` is
    the width that the body states, if it does; `lines` are the row numbers in the file.
    """

    starts: NDArray[np.int64]
    indices: NDArray[np.int64]
    values: FloatArray
    shape: int | None = None
    file: str | None = None
    lines: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> SparseMatrix:
        """Return the rows of a slice or of a boolean mask; they keep their row numbers."""
        numbers = range(1, len(self) + 1) if self.lines is None else self.lines
        if isinstance(rows, np.ndarray):
            sizes = np.diff(self.starts)
            among = np.repeat(rows, sizes)
            return SparseMatrix(
                np.concatenate([[0], np.cumsum(sizes[rows])]),
                self.indices[among],
                self.values[among],
                self.shape,
                self.file,
                [numbers[row] for row in np.flatnonzero(rows).tolist()],
            )
        starts = self.starts[rows.start : rows.stop + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return SparseMatrix(
            starts - starts[0],
            self.indices[inside],
            self.values[inside],
            self.shape,
            self.file,
            numbers[rows],
        )

    @property
    def width(self) -> int:
        """The stated width, else the largest index plus one."""
        if self.shape is not None:
            return self.shape
        return int(self.indices.max()) + 1 if len(self.indices) else 0

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Return a matrix of shape (rows, width), missing is NaN.

        Raises PayloadTooLarge when it would be too large, and BadData for an invalid index or
        value.
        """
        columns = self.width if width is None else width
        check_size(len(self), columns)
        return self.to_dense(columns)

    def read_records(self, width: int | None = None) -> Records:  # noqa: ARG002 - of no use
        """Raise BadData: sparse columns have neither names nor a position in a record."""
        raise BadData(
            "sparse rows are numbers without names, and this model reads records",
            where=Location(self.file),
            remedy="Send whole records, as text/csv or application/json",
        )

    def to_dense(self, width: int, absent: float = _MISSING) -> NDArray[np.float64]:
        """Return float64 of shape (rows, width) with `absent` where a row has no value.

        Raises BadData for another stated width, an index out of range or given twice, an infinite
        value, and when the matrix does not fit into memory.
        """
        if self.shape is not None and self.shape != width:
            raise make_width_error(self.shape, width)
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))
        self._check_cells(rows, width)
        try:
            matrix = np.full((len(self), width), absent)
        except (MemoryError, ValueError) as error:
            raise BadData(
                f"{len(self):,} rows of {width:,} columns do not fit into memory",
                where=Location(self.file),
                remedy="The largest index decides how wide the rows are",
            ) from error
        matrix[rows, self.indices] = self.values
        return matrix

    def locate(self, row: int, column: int | None = None) -> Location:
        """Return the location of a row counted from 0, and of a column index in it."""
        line = self.lines[row] if self.lines is not None else row + 1
        return Location(self.file, line, None if column is None else str(column))

    def _check_cells(self, rows: NDArray[np.int64], width: int) -> None:
        outside = (self.indices < 0) | (self.indices >= width)
        if outside.any():
            at = int(outside.argmax())
            raise BadData(
                f"there is no column {self.indices[at]}: {width} columns are expected,"
                f" and they count from 0",
                where=self.locate(int(rows[at])),
            )
        falls = (self.indices[1:] <= self.indices[:-1]) & (rows[1:] == rows[:-1])
        if falls.any():  # else no index is there twice
            self._check_for_duplicates(rows)
        infinite = np.isinf(self.values)
        if infinite.any():
            at = int(infinite.argmax())
            location = self.locate(int(rows[at]), int(self.indices[at]))
            raise BadData("the value is infinite", where=location, remedy="Leave it out")

    def _check_for_duplicates(self, rows: NDArray[np.int64]) -> None:
        order = np.lexsort((self.indices, rows))
        same = (np.diff(rows[order]) == 0) & (np.diff(self.indices[order]) == 0)
        if same.any():
            at = int(order[int(same.argmax())])
            location = self.locate(int(rows[at]), int(self.indices[at]))
            raise BadData("the row gives the column twice", where=location)


def stack_rows(
    rows: Sequence[Mapping[int, float]],
    shape: int | None = None,
    file: str | None = None,
    lines: Sequence[int] | None = None,
) -> SparseMatrix:
    """Build a matrix from rows, each a mapping of column index to value."""
    sizes = [0, *(len(row) for row in rows)]
    indices = np.fromiter((index for row in rows for index in row), dtype=np.int64)
    values = np.fromiter((value for row in rows for value in row.values()), dtype=np.float64)
    return SparseMatrix(np.cumsum(sizes), indices, values, shape, file, lines)


def check_size(rows: int, columns: int) -> None:
    """Raise PayloadTooLarge when a request's matrix would have more than `LARGEST_MATRIX` cells."""
    if rows * columns > LARGEST_MATRIX:
        raise PayloadTooLarge(
            f"{rows:,} rows of {columns:,} columns are too many for one request",
            remedy="Send fewer rows at a time",
        )
