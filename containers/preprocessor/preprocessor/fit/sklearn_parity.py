"""The check, at every fit, that the plan returns the same bits as scikit-learn.

It runs on the training rows and on hostile rows: all values missing, unseen categories, numbers
near the limits of float.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.data.data_frame import build_columns
from preprocessor.plan.fitted_transform import ReplayBlock
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


def is_equal(estimator: Any, block: ReplayBlock, names: list[str], *tables: Table) -> bool:
    """Return whether block and estimator return equal float32 bits for all rows of the tables."""
    with np.errstate(all="ignore"):
        return all(
            _are_same(*pair)
            for table in tables
            for pair in _transform_table(estimator, block, names, table)
        )


def build_hostile_rows(schema: RecordSchema) -> Table:
    """Return a table of extreme rows for a schema."""
    kinds = [field.kind for field in schema.fields]
    rows = len(_HOSTILE_NUMBERS)
    numbers = np.array([_HOSTILE_NUMBERS] * kinds.count("number"), dtype=np.float64)
    texts = np.array([_HOSTILE_TEXTS] * kinds.count("text"), dtype=object)
    return Table(
        numbers.reshape(kinds.count("number"), rows).T,
        texts.reshape(kinds.count("text"), rows).T,
    )


def _transform_table(
    estimator: Any, block: ReplayBlock, names: list[str], table: Table
) -> Iterator[tuple[Any, Array | SparseMatrix]]:
    for part in table.split(min(_ROWS, max(1, _CELLS // max(1, block.width)))):
        yield from _transform_both(estimator, block, names, part)


def _transform_both(
    estimator: Any, block: ReplayBlock, names: list[str], part: Table
) -> Iterator[tuple[Any, Array | SparseMatrix]]:
    expected = _transform(estimator, build_columns(block.select_columns(part), names))
    if expected is not None:
        yield expected, block.apply(part)
    elif len(part) > 1:
        for smaller in part.split(max(1, len(part) // _FEWER)):
            yield from _transform_both(estimator, block, names, smaller)


def _transform(estimator: Any, values: Any) -> Any | None:
    """Return scikit-learn's features, or None when it rejects a value, such as an overflow."""
    try:
        return estimator.transform(values)
    except (ValueError, BadData):
        return None


def _are_same(expected: Any, actual: Array | SparseMatrix) -> bool:
    if isinstance(actual, SparseMatrix):
        places = (actual.starts, expected.indptr), (actual.indices, expected.indices)
        equal_places = all(np.array_equal(*pair) for pair in places)
        return equal_places and _have_same_bits(
            _to_float32(expected.data), _to_float32(actual.values)
        )
    dense = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected)
    return _have_same_bits(_to_float32(dense), _to_float32(actual))


def _to_float32(values: Any) -> NDArray[np.float32]:
    rounded: NDArray[np.float32] = values.astype(np.float32)
    return rounded


def _have_same_bits(expected: NDArray[np.float32], actual: NDArray[np.float32]) -> bool:
    if expected.shape != actual.shape:
        return False
    same = (expected.view(np.uint32) == actual.view(np.uint32)) | (
        np.isnan(expected) & np.isnan(actual)
    )
    return bool(same.all())
