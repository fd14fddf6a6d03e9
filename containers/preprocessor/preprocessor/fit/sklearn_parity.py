"""The proof, at every fit, that the plan gives the very bits scikit-learn gives.

It is run on the training rows and on hostile ones: everything missing, categories nobody saw,
numbers at the ends of what a float can hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.data.data_frame import columns
from preprocessor.plan.fitted_transform import PlanBlock
from preprocessor.transforms.kernels.arrays import Array
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData

# Rows and features compared at a time: scikit-learn takes milliseconds a call, whatever is in it.
_ROWS, _CELLS = 16_384, 1 << 21
# Into so many parts fall rows of which scikit-learn refuses one.
_FEWER = 16
_HOSTILE_NUMBERS = (np.nan, 0.0, -0.0, -1.0, 1e-300, -1.5e300, 3.4e38, 16777217.0, 0.5, 1e19, 7.0)
_HOSTILE_TEXTS = (
    *(None, "never seen", "", " ", "é", "(missing)", "a,b"),
    *("2024-02-30T25:61", "29/02/2024 13:00", "9999-12-31T23:59:59-14:00"),
    "The THE ﬁrst e-mail\tof jo@x.org İs  日本 cat cat",
)


def equal(estimator: Any, block: PlanBlock, names: list[str], *tables: Table) -> bool:
    """Return whether a block gives what its fitted estimator gives, on every row of the tables."""
    with np.errstate(all="ignore"):
        return all(
            _same(*pair) for table in tables for pair in _answers(estimator, block, names, table)
        )


def hostile(schema: RecordSchema) -> Table:
    """Make rows no training set would hold."""
    kinds = [field.kind for field in schema.fields]
    rows = len(_HOSTILE_NUMBERS)
    numbers = np.array([_HOSTILE_NUMBERS] * kinds.count("number"), dtype=np.float64)
    texts = np.array([_HOSTILE_TEXTS] * kinds.count("text"), dtype=object)
    return Table(
        numbers.reshape(kinds.count("number"), rows).T,
        texts.reshape(kinds.count("text"), rows).T,
    )


def _answers(
    estimator: Any, block: PlanBlock, names: list[str], table: Table
) -> Iterator[tuple[Any, Array | SparseMatrix]]:
    for part in table.split(min(_ROWS, max(1, _CELLS // max(1, block.width)))):
        yield from _compared(estimator, block, names, part)


def _compared(
    estimator: Any, block: PlanBlock, names: list[str], part: Table
) -> Iterator[tuple[Any, Array | SparseMatrix]]:
    expected = _transformed(estimator, columns(block.taken(part), names))
    if expected is not None:
        yield expected, block.apply(part)
    elif len(part) > 1:
        for smaller in part.split(max(1, len(part) // _FEWER)):
            yield from _compared(estimator, block, names, smaller)


def _transformed(estimator: Any, values: Any) -> Any | None:
    """Return scikit-learn's answer; None where it refuses what overflows between two steps."""
    try:
        return estimator.transform(values)
    except (ValueError, BadData):
        return None


def _same(expected: Any, actual: Array | SparseMatrix) -> bool:
    if isinstance(actual, SparseMatrix):
        places = (actual.starts, expected.indptr), (actual.indices, expected.indices)
        equal_places = all(np.array_equal(*pair) for pair in places)
        return equal_places and _same_bits(_single(expected.data), _single(actual.values))
    dense = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected)
    return _same_bits(_single(dense), _single(actual))


def _single(values: Any) -> NDArray[np.float32]:
    rounded: NDArray[np.float32] = values.astype(np.float32)
    return rounded


def _same_bits(expected: NDArray[np.float32], actual: NDArray[np.float32]) -> bool:
    if expected.shape != actual.shape:
        return False
    same = (expected.view(np.uint32) == actual.view(np.uint32)) | (
        np.isnan(expected) & np.isnan(actual)
    )
    return bool(same.all())
