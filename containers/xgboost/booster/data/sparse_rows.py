"""Rows of which few values are there: these are kept, each with its column; all else is missing.

A zero that is given is a value like any other: nothing of what a matrix with NaN says is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booster.data.temp_files import TempFile
from tandem.data.arrays import Float32Array

# With fewer values than this share of the cells, columns and values take less than half the room.
SPARSE_SHARE = 0.2


@dataclass(frozen=True)
class SparseRows:
    """Row r has `values[starts[r]:starts[r + 1]]` in the `columns` of that same run."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Float32Array
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.starts.nbytes + self.columns.nbytes + self.values.nbytes

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows as a matrix, NaN is missing."""
        run = slice(int(self.starts[start]), int(self.starts[stop]))
        return _to_dense(
            self.starts[start : stop + 1], self.columns[run], self.values[run], self.width
        )

    def store(self, file: TempFile) -> StoredSparseRows:
        """Write columns and values into a file. Raises OSError."""
        columns = file.write(self.columns)
        return StoredSparseRows(file, columns, file.write(self.values), self.starts, self.width)


@dataclass(frozen=True)
class StoredSparseRows:
    """The same, with `columns` and `values` in a file, each from a byte on."""

    file: TempFile
    columns: int
    values: int
    starts: NDArray[np.int64]
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows as a matrix, NaN is missing."""
        first, count = int(self.starts[start]), int(self.starts[stop] - self.starts[start])
        columns, values = np.empty(count, np.int32), np.empty(count, np.float32)
        self.file.read(self.columns + first * columns.itemsize, columns)
        self.file.read(self.values + first * values.itemsize, values)
        return _to_dense(self.starts[start : stop + 1], columns, values, self.width)


def to_sparse(block: Float32Array) -> SparseRows:
    """Keep the values of a dense block that are there."""
    there = ~np.isnan(block)
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    return SparseRows(
        starts, np.nonzero(there)[1].astype(np.int32), block[there], int(block.shape[1])
    )


def is_sparse(block: Float32Array) -> bool:
    """Return whether so few values are there that keeping each with its column saves room."""
    return bool(np.count_nonzero(~np.isnan(block)) < SPARSE_SHARE * block.size)


def _to_dense(
    starts: NDArray[np.int64], columns: NDArray[np.int32], values: Float32Array, width: int
) -> Float32Array:
    matrix = np.full((len(starts) - 1, width), np.nan, dtype=np.float32)
    matrix[np.repeat(np.arange(len(matrix)), np.diff(starts)), columns] = values
    return matrix
