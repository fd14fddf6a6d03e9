from __future__ import annotations

import numpy as np
import pytest

from booster.data.float32 import to_float32
from tandem.errors import BadData


def test_numbers_are_rounded_once_and_missing_stays_missing() -> None:
    values = to_float32(np.array([[0.1, np.nan]]))
    assert values.dtype == np.float32
    assert values[0, 0] == np.float32(0.1)
    assert np.isnan(values[0, 1])


def test_a_number_too_large_is_named() -> None:
    with pytest.raises(BadData) as caught:
        to_float32(np.array([[1.0, 2.0], [3.0, -1e39]]), "a.csv")
    assert str(caught.value) == (
        "a.csv, row 2, column '2': the number is too large for 32 bits."
        " Scale the column, or leave the cell empty."
    )
