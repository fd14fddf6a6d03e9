"""A model is sent the cells that the file has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.clarify.feature_explanations import to_cells
from analyzer.clarify.tabular_files import read_tables
from analyzer.configuration.checked_fields import CheckedFields
from analyzer.configuration.predictor_config import read_predictor
from analyzer.predictor.request_bodies import write_bodies

TEXT = """kind,code,rooms,area,flag,note
None,007,4,10.5,True,
NA,010,,11,False,a
brick,123,5,NA,True,"x, y"
"""


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    path = tmp_path / "houses.csv"
    path.write_text(TEXT)
    return read_tables([path], "text/csv", None)


def test_cells_are_sent_as_the_file_has_them(frame: pd.DataFrame) -> None:
    config = read_predictor(CheckedFields({"endpoint_name": "e"}))
    (body,) = write_bodies(config, to_cells(frame), list(frame.columns))
    expected = TEXT.partition("\n")[2].replace("5,NA", "5,").replace(",11,", ",11.0,")
    assert body.content.decode() == expected


def test_numbers_are_numbers_where_no_cell_is_a_word_or_a_code(frame: pd.DataFrame) -> None:
    numeric = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    assert numeric == ["rooms", "area"]
    rooms: Any = frame["rooms"].to_numpy(dtype=np.float64, na_value=np.nan)
    assert np.array_equal(rooms, [4, np.nan, 5], equal_nan=True)
