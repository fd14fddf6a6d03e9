"""Which rows of a column a list of values or a threshold selects, by the rules of Clarify.

Source: the behavior of `smclarify` 0.5, the library of bias metrics that Amazon publishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analyzer.bias.bias_errors import UndefinedBias

Scalar = int | float | str
BoolArray = NDArray[np.bool_]
# A column of integers with at least this share of distinct values is continuous.
_CONTINUOUS_SHARE = 0.05


@dataclass(frozen=True)
class Selection:
    """The selected rows of a column, shape (rows,), and the text that describes the selection."""

    rows: BoolArray
    description: str


def is_continuous(column: pd.Series, values: Sequence[Scalar]) -> bool:
    """Return whether a threshold selects rows of the column, rather than a set of values.

    Floats are continuous, integers where at least one value in twenty is distinct, and text that
    holds integers alone by the same rule. Several values always mean a set.
    """
    if len(values) > 1 or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_float_dtype(column.dtype):
        return True
    filled = int(column.count())
    share = int(column.nunique()) / filled if filled else 0.0
    if pd.api.types.is_integer_dtype(column.dtype):
        return share >= _CONTINUOUS_SHARE
    return share >= _CONTINUOUS_SHARE and _holds_integers(column)


def select_rows(
    column: pd.Series, values: Sequence[Scalar], *, highest: float | None = None
) -> Selection:
    """Select the rows with one of the values, or above the threshold where it is continuous.

    `highest` is the upper end of the interval of a threshold, the maximum of the column by default.
    Raises `UndefinedBias` when a continuous column has no numeric threshold.
    """
    if is_continuous(column, values):
        return _select_above(pd.to_numeric(column), values, highest)
    return Selection(_select_values(column, values), ",".join(map(str, values)))


def list_values(column: pd.Series) -> list[Scalar]:
    """Return the distinct values of a column, in the order in which they first occur."""
    return [_unwrap(value) for value in column.dropna().unique()]


def _select_above(numbers: pd.Series, values: Sequence[Scalar], highest: float | None) -> Selection:
    if not values:
        raise UndefinedBias(
            f"no threshold for the continuous column {str(numbers.name)!r}",
            remedy="Add value_or_threshold.",
        )
    threshold = _read_threshold(values[0], str(numbers.name))
    top = numbers.max() if highest is None else max(numbers.max(), highest)
    low, high = sorted((threshold, top))
    if abs(top) == threshold:
        return Selection(np.zeros(len(numbers), dtype=np.bool_), "")
    cells = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    rows = (cells > low) & (cells <= high)
    return Selection(rows, str(pd.Interval(*_unify(low, high), closed="right")))


def _read_threshold(value: Scalar, name: str) -> float:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        raise UndefinedBias(
            f"{value!r} is not a threshold for the continuous column {name!r}",
            remedy="Use a number.",
        ) from None


def _unify(low: float, high: float) -> tuple[float, float]:
    whole = all(isinstance(value, int | np.integer) for value in (low, high))
    return (int(low), int(high)) if whole else (float(low), float(high))


def _select_values(column: pd.Series, values: Sequence[Scalar]) -> BoolArray:
    """Compare values as they are and, where none is found, as values of the column's type."""
    cells = column.astype(object)
    rows = cells.isin(list(values)).to_numpy(dtype=np.bool_)
    if rows.any() or not len(column):
        return rows
    texts = {_to_text(value) for value in values}
    return cells.map(_to_text, na_action="ignore").isin(texts).to_numpy(dtype=np.bool_)


def _to_text(value: object) -> str:
    """Return one text for equal numbers, booleans and their texts: `1`, `1.0`, `'1'`, `True`."""
    text = str(value).strip()
    if text.lower() in {"true", "false"}:
        return str(int(text.lower() == "true"))
    try:
        return f"{float(text):.17g}"
    except ValueError:
        return text


def _holds_integers(column: pd.Series) -> bool:
    return bool(column.map(_is_integer).all())


def _is_integer(value: object) -> bool:
    try:
        int(str(value))
    except ValueError:
        return False
    return True


def _unwrap(value: object) -> Scalar:
    item = value.item() if isinstance(value, np.generic) else value
    return item if isinstance(item, int | float | str) else str(item)
