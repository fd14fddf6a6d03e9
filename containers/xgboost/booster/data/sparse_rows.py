"""Rows with few present values: only these are kept, each with its column; the rest is missing.

An explicit zero is a present value: nothing is lost against a matrix with NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booster.data.temp_files import TempFile
from tandem.data.arrays import Float32Array

# With fewer values than this share of the cells, columns and values take less than half the memory.
SPARSE_SHARE = 0.2


@dataclass(frozen=True)
class SparseRows:
    """Rows in CSR form: row r has `values[starts[r]:starts[r + 1]]`, and these `columns`."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Float32Array
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.starts.nbytes + self.columns.nbytes + self.values.nbytes

    def read(self, start: int, stop: int) -> Float32Array:
        """Return rows `start` to `stop`, shape (stop - start, width); missing values are NaN."""
        run = slice(int(self.starts[start]), int(self.starts[stop]))
        return _to_dense(
            self.starts[start : stop + 1], self.columns[run], self.values[run], self.width
        )

    def store(self, file: TempFile) -> StoredSparseRows:
        """Write columns and values to a file. Raises OSError when that fails."""
        columns = file.write(self.columns)
        return StoredSparseRows(file, columns, file.write(self.values), self.starts, self.width)


@dataclass(frozen=True)
class StoredSparseRows:
    """Rows in the CSR form in a file, `columns` and `values` each from a byte offset on."""

    file: TempFile
    columns: int
    values: int
    starts: NDArray[np.int64]
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def read(self, start: int, stop: int) -> Float32Array:
        """Return rows `start` to `stop`, shape (stop - start, width); missing values are NaN."""
        first, count = int(self.starts[start]), int(self.starts[stop] - self.starts[start])
        columns, values = np.empty(count, np.int32), np.empty(count, np.float32)
        self.file.read(self.columns + first * columns.itemsize, columns)
        self.file.read(self.values + first * values.itemsize, values)
        return _to_dense(self.starts[start : stop + 1], columns, values, self.width)


def to_sparse(block: Float32Array) -> SparseRows:
    """Return the present values of a dense block of shape (rows, features)."""
    there = ~np.isnan(block)
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    return SparseRows(
        starts, np.nonzero(there)[1].astype(np.int32), block[there], int(block.shape[1])
    )


def is_sparse(block: Float32Array) -> bool:
    """Return whether a block has so few present values that `SparseRows` is smaller."""
    return bool(np.count_nonzero(~np.isnan(block)) < SPARSE_SHARE * block.size)


def _to_dense(
    starts: NDArray[np.int64], columns: NDArray[np.int32], values: Float32Array, width: int
) -> Float32Array:
    matrix = np.full((len(starts) - 1, width), np.nan, dtype=np.float32)
    matrix[np.repeat(np.arange(len(matrix)), np.diff(starts)), columns] = values
    return matrix
