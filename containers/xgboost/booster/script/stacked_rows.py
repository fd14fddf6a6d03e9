"""Rows of files or requests as one XGBoost matrix."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from booster.data.float32 import to_float32
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix


def stack_rows(parts: Iterable[LabelledRows]) -> xgb.DMatrix:
    """Return the rows of all parts as one matrix; sparse rows stay sparse.

    Raises BadData when a number is too large for 32 bits.
    """
    examples = list(parts)
    sparse = [part.features for part in examples if isinstance(part.features, SparseMatrix)]
    width = max((part.width for part in examples), default=0)
    if sparse:
        features = _stack_sparse(sparse, width)
    else:
        features = np.concatenate(
            [to_float32(part.to_dense(width), part.file) for part in examples]
        )
    return xgb.DMatrix(
        features,
        label=_concatenate([part.label for part in examples]),
        weight=_concatenate([part.weight for part in examples]),
        qid=_concatenate([part.group for part in examples]),
    )


def _stack_sparse(parts: list[SparseMatrix], width: int) -> csr_matrix:
    starts = [np.zeros(1, dtype=np.int64)]
    for part in parts:
        starts.append(part.starts[1:] + starts[-1][-1])
    values = to_float32(np.concatenate([part.values for part in parts])[:, None])[:, 0]
    indices = np.concatenate([part.indices for part in parts])
    pointers = np.concatenate(starts)
    return csr_matrix((values, indices, pointers), shape=(len(pointers) - 1, width))


def _concatenate(columns: list[np.ndarray | None]) -> np.ndarray | None:
    present = [column for column in columns if column is not None]
    return np.concatenate(present) if present and len(present) == len(columns) else None
