"""The proof, at every fit, that the plan gives the very bits scikit-learn gives.

It is run on the training rows and on hostile ones: everything missing, categories nobody saw,
numbers at the ends of what a float can hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.pipeline import frame
from preprocessor.plan import Plan
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import TandemError

_HOSTILE_NUMBERS = (np.nan, 0.0, -0.0, 1e-300, -1.5e300, 3.4e38, 16777217.0)
_HOSTILE_TEXTS = (None, "never seen", "", " ", "é", "(missing)", "a,b")


def check(transformer: Any, plan: Plan, schema: RecordSchema, training: Table) -> None:
    """Raise TandemError naming the first feature in which the two differ."""
    for table in (training, hostile(schema)):
        with np.errstate(over="ignore"):
            expected = np.asarray(transformer.transform(frame(table, schema))).astype(np.float32)
        actual = plan.apply(table)
        if differing := _differing(expected, actual):
            names = transformer.get_feature_names_out()
            raise TandemError(
                f"the served transform differs from scikit-learn's in feature"
                f" {names[differing[0]]!r}",
                remedy="Please report it with the recipe",
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


def _differing(expected: NDArray[np.float32], actual: NDArray[np.float32]) -> list[int]:
    if expected.shape != actual.shape:
        return [0]
    same = (expected.view(np.uint32) == actual.view(np.uint32)) | (
        np.isnan(expected) & np.isnan(actual)
    )
    return [int(index) for index in np.flatnonzero(~same.all(axis=0))]
