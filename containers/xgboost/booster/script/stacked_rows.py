"""Rows of files or requests as one matrix of XGBoost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from booster.data.float32 import single
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix


def matrix(parts: Iterable[LabelledRows]) -> xgb.DMatrix:
    """Put the rows of all parts into one matrix; sparse rows stay sparse.

    Raises BadData for a number too large for 32 bits.
    """
    found = list(parts)
    sparse = [part.features for part in found if isinstance(part.features, SparseMatrix)]
    width = max((part.width for part in found), default=0)
    if sparse:
        features = _stacked(sparse, width)
    else:
        features = np.concatenate([single(part.to_dense(width), part.file) for part in found])
    return xgb.DMatrix(
        features,
        label=_joined([part.label for part in found]),
        weight=_joined([part.weight for part in found]),
        qid=_joined([part.group for part in found]),
    )


def _stacked(parts: list[SparseMatrix], width: int) -> csr_matrix:
    starts = [np.zeros(1, dtype=np.int64)]
    for part in parts:
        starts.append(part.starts[1:] + starts[-1][-1])
    values = single(np.concatenate([part.values for part in parts])[:, None])[:, 0]
    indices = np.concatenate([part.indices for part in parts])
    pointers = np.concatenate(starts)
    return csr_matrix((values, indices, pointers), shape=(len(pointers) - 1, width))


def _joined(columns: list[np.ndarray | None]) -> np.ndarray | None:
    given = [column for column in columns if column is not None]
    return np.concatenate(given) if given and len(given) == len(columns) else None
