"""Joins of sparse matrices, and tables with sparse numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.tables import Table

_NO_ROWS = SparseMatrix(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float64), 0)


@dataclass(frozen=True)
class SparseTable(Table):
    """A table whose numbers are `sparse`; `numbers` has shape (rows, 0)."""

    sparse: SparseMatrix = field(default_factory=lambda: _NO_ROWS)

    def to_dense(self) -> Table:
        """Return the same table with dense numbers, NaN for absent ones.

        Raises PayloadTooLarge when the matrix is too large for one request.
        """
        values = self.sparse.read_matrix().astype(self.sparse.values.dtype)
        return Table(
            values, label=self.label, key=self.key, names=self.names, categories=self.categories
        )


def from_dense(values: NDArray[Any]) -> SparseMatrix:
    """Convert a matrix of shape (rows, columns) to sparse form, without its NaN."""
    there = ~np.isnan(values)
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64)
    indices = np.nonzero(there)[1].astype(np.int64)
    return SparseMatrix(starts, indices, values[there], values.shape[1])


def join_columns(blocks: Sequence[SparseMatrix]) -> SparseMatrix:
    """Join blocks of the same rows side by side; each must have a stated width."""
    if len(blocks) == 1:
        return blocks[0]
    offsets = np.cumsum([0, *(block.width for block in blocks)])
    sizes = [np.diff(block.starts) for block in blocks]
    rows = np.concatenate([np.repeat(np.arange(len(size)), size) for size in sizes])
    order = np.argsort(rows, kind="stable")
    indices = [block.indices + offset for block, offset in zip(blocks, offsets, strict=False)]
    return SparseMatrix(
        np.sum([block.starts for block in blocks], axis=0),
        np.concatenate(indices)[order],
        np.concatenate([block.values for block in blocks])[order],
        int(offsets[-1]),
    )


def join_rows(blocks: Sequence[SparseMatrix]) -> SparseMatrix:
    """Join blocks of one width, one below the other."""
    if len(blocks) == 1:
        return blocks[0]
    ends = np.cumsum([0, *(len(block.indices) for block in blocks)])
    starts = [block.starts[1:] + end for block, end in zip(blocks, ends, strict=False)]
    return SparseMatrix(
        np.concatenate([[0], *starts]).astype(np.int64),
        np.concatenate([block.indices for block in blocks]),
        np.concatenate([block.values for block in blocks]),
        blocks[0].shape,
    )


def to_float32(rows: SparseMatrix) -> SparseMatrix:
    """Convert the values to float32."""
    return replace(rows, values=rows.values.astype(np.float32))
