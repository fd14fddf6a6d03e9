"""Columns of text with the narrowest type that loses nothing of what a model is sent.

pandas' own reader takes categories such as None for missing values, integers with a missing value
for floats (60 becomes 60.0) and codes such as 007 for numbers: a model may answer otherwise then.
"""

from __future__ import annotations

import re

import pandas as pd

# What stands for a missing number. In a column of text it is a value as any other.
_MISSING = frozenset({"NA", "N/A", "NaN", "nan", "null", "NULL", "None", "none", "?"})
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_CODE = re.compile(r"[+-]?0[0-9]+")


def type_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with columns of integers, floats and text; empty cells are missing."""
    return pd.DataFrame({name: _type_column(frame[name]) for name in frame.columns})


def _type_column(column: pd.Series) -> pd.Series:
    filled = column.notna() & ~column.isin(_MISSING)
    cells = column[filled].str.strip()
    if cells.empty or cells.map(lambda cell: bool(_CODE.fullmatch(cell))).any():
        return column
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().any():
        return column
    if cells.map(lambda cell: bool(_INTEGER.fullmatch(cell))).all():
        whole = cells.map(int)
        return (
            whole.astype("int64") if filled.all() else whole.astype("Int64").reindex(column.index)
        )
    return numbers.astype("float64").reindex(column.index)
