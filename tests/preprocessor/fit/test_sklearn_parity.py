"""The proof of a fit looks at every row, also beside one that scikit-learn refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import FunctionTransformer

from preprocessor.fit.sklearn_parity import is_equal
from preprocessor.plan.fitted_transform import ReplayBlock
from tandem.data.tables import Table

ROWS = 40_000
BLOCK = ReplayBlock("number", (0,), (), 1)


def table() -> Table:
    numbers = np.arange(ROWS, dtype=np.float64)[:, np.newaxis]
    return Table(numbers, np.empty((ROWS, 0), dtype=object))


def estimator(refused: float, changed: float) -> FunctionTransformer:
    """Give back what comes, but for one value that is refused and one that is changed a little."""

    def transform(values: Any) -> Any:
        found = np.array(values, dtype=np.float64)
        if refused in found:
            raise ValueError(refused)
        found[found == changed] += 0.5
        return found

    return FunctionTransformer(transform).fit(np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("refused", "changed", "same"),
    [
        (-1, -1, True),
        (20_000, -1, True),
        (20_000, 20_000, True),
        (-1, ROWS - 1, False),
        (20_000, 20_001, False),
        (ROWS - 1, 0, False),
    ],
)
def test_one_row_of_many_that_differs_is_found(refused: float, changed: float, same: bool) -> None:
    assert is_equal(estimator(refused, changed), BLOCK, ["x"], table()) is same
