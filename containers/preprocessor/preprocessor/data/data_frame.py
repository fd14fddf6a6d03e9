"""Tables as pandas DataFrames, the form in which scikit-learn's estimators are fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table


def build_frame(table: Table, schema: RecordSchema) -> pd.DataFrame:
    """Return a table for scikit-learn: numbers as float64, texts as objects, None for missing."""
    numbers = [field.name for field in schema.fields if field.kind == "number"]
    texts = [field.name for field in schema.fields if field.kind == "text"]
    return pd.concat(
        [build_columns(table.numbers, numbers), build_columns(table.texts, texts)], axis=1
    )


def build_columns(values: NDArray[Any], names: Sequence[str]) -> pd.DataFrame:
    """Return an array of one kind as named columns."""
    series = {name: pd.Series(values[:, i], dtype=values.dtype) for i, name in enumerate(names)}
    return pd.DataFrame(series, index=range(len(values)))
