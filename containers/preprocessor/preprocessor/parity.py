"""The proof, at every fit, that the plan gives the very bits scikit-learn gives.

It is run on the training rows and on hostile ones: everything missing, categories nobody saw,
numbers at the ends of what a float can hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.pipeline import columns
from preprocessor.plan import ROWS, PlanBlock
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData

_HOSTILE_NUMBERS = (np.nan, 0.0, -0.0, -1.0, 1e-300, -1.5e300, 3.4e38, 16777217.0, 0.5, 1e19)
_HOSTILE_TEXTS = (
    *(None, "never seen", "", " ", "é", "(missing)", "a,b"),
    *("2024-02-30T25:61", "29/02/2024 13:00", "9999-12-31T23:59:59-14:00"),
)


def equal(estimator: Any, block: PlanBlock, names: list[str], *tables: Table) -> bool:
    """Say whether a block gives what its fitted estimator gives, on every row of the tables."""
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
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    for part in table.parts(ROWS):
        expected = _transformed(estimator, columns(block.taken(part), names))
        if expected is not None:
            yield expected, _rounded(block.apply(part))
        elif len(part) > 1:
            for row in part.parts(1):
                yield from _answers(estimator, block, names, row)


def _transformed(estimator: Any, values: Any) -> NDArray[np.float32] | None:
    """Give scikit-learn's answer; None where it refuses what overflows between two steps."""
    try:
        features = estimator.transform(values)
    except (ValueError, BadData):
        return None
    return _rounded(features)


def _rounded(features: Any) -> NDArray[np.float32]:
    dense = features.toarray() if hasattr(features, "toarray") else np.asarray(features)
    rounded: NDArray[np.float32] = dense.astype(np.float32)
    return rounded


def _same(expected: NDArray[np.float32], actual: NDArray[np.float32]) -> bool:
    if expected.shape != actual.shape:
        return False
    same = (expected.view(np.uint32) == actual.view(np.uint32)) | (
        np.isnan(expected) & np.isnan(actual)
    )
    return bool(same.all())
