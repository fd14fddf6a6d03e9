"""What `sagemaker_xgboost_container` reads: the bits of the algorithm's own readers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_xgboost_container import data_utils, encoder
from tandem.errors import BadData, UserError
from tandem.script.encoders import UnsupportedFormatError

TABLE = np.array([[1.0, 0.5, np.nan], [0.0, np.nan, -3.25], [2.0, 7.0, 0.1]])
CSV = "1,0.5,\n0,,-3.25\n2,7,0.1\n"
LIBSVM = "1 0:0.5\n0 1:-3.25\n2 0:7 1:0.1\n"


Cells = list[list[float | None]]


def cells(matrix: xgb.DMatrix) -> Cells:
    """Give the features, with None where a value is missing."""
    table = matrix.get_data()
    found = np.full(table.shape, np.nan, dtype=np.float32)
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    found[rows, table.indices] = table.data
    return [[None if np.isnan(cell) else float(cell) for cell in row] for row in found]


def single(values: Any) -> Cells:
    table = np.array(values, dtype=np.float32)
    return [[None if np.isnan(cell) else float(cell) for cell in row] for row in table]


def folder(root: Path, **files: str | bytes) -> str:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(root)


@pytest.mark.parametrize("content_type", ["csv", "text/csv", "text/csv; label_size=1"])
def test_files_below_a_folder_are_one_matrix(tmp_path: Path, content_type: str) -> None:
    place = folder(tmp_path, part_0=CSV, deeper__part_1=CSV)
    matrix = data_utils.get_dmatrix(place, content_type)
    assert matrix is not None
    assert matrix.get_label().tolist() == [1, 0, 2] * 2
    assert cells(matrix) == single(TABLE[:, 1:]) * 2
    assert matrix.feature_names is None


def test_libsvm_keeps_its_indices_and_what_is_absent_is_missing(tmp_path: Path) -> None:
    matrix = data_utils.get_dmatrix(folder(tmp_path, train="1 1:5\n2 3:0\n"), "libsvm")
    assert matrix is not None
    assert cells(matrix) == [[None, 5.0, None, None], [None, None, None, 0.0]]
    assert cells(encoder.decode("1 1:5\n2 3:0\n", "text/libsvm")) == cells(matrix)
    assert cells(encoder.libsvm_to_dmatrix(b"1:5\n3:0\n")) == cells(matrix)


def test_parquet_and_weights(tmp_path: Path) -> None:
    frame = pa.table({"y": TABLE[:, 0], "a": TABLE[:, 1], "b": TABLE[:, 2]})
    pq.write_table(frame, tmp_path / "rows.parquet")
    matrix = data_utils.get_dmatrix(str(tmp_path), "application/x-parquet")
    assert matrix is not None
    assert (cells(matrix), matrix.get_label().tolist()) == (single(TABLE[:, 1:]), [1, 0, 2])
    weighed = folder(tmp_path / "weighed", train="1,0.5,3\n0,2,4\n")
    matrix = data_utils.get_csv_dmatrix(weighed, 1)
    assert matrix is not None
    assert matrix.get_weight().tolist() == [0.5, 2.0]
    assert cells(matrix) == [[3.0], [4.0]]


def test_a_folder_that_is_missing_or_empty_is_none(tmp_path: Path) -> None:
    assert data_utils.get_dmatrix(str(tmp_path / "nowhere"), "csv") is None
    assert data_utils.get_dmatrix(str(tmp_path), "csv") is None
    assert data_utils.get_size(str(tmp_path / "nowhere")) == 0
    assert data_utils.get_size(folder(tmp_path, a="12", b__c="345")) == 5


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unsupported content type 'image/png'"):
        data_utils.get_content_type("image/png")
    with pytest.raises(BadData, match="row 2"):
        data_utils.get_dmatrix(folder(tmp_path, train="1,2\n1,word\n"), "csv")
    with pytest.raises(UserError, match="hidden file"):
        data_utils.get_size(
            folder(tmp_path / "h", _x="1") and folder(tmp_path / "h", **{".y": "1"})
        )
    assert data_utils.get_content_type(None) == "libsvm"
    assert data_utils.get_content_type("text/x-libsvm ;charset=utf8") == "libsvm"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|", " "])
def test_a_request_in_csv_may_have_another_delimiter(mark: str) -> None:
    body = f"0.5{mark}1\n7{mark}0.1\n"
    assert cells(encoder.decode(body, "text/csv; charset=utf-8")) == single([[0.5, 1], [7, 0.1]])
    assert cells(encoder.csv_to_dmatrix(b"5")) == [[5.0]]


def test_a_request_that_is_no_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 fields and row 1 2"):
        encoder.csv_to_dmatrix("1,2\n3\n")
    with pytest.raises(ValueError, match="could not convert"):
        encoder.csv_to_dmatrix("1,word\n")
    with pytest.raises(UnsupportedFormatError):
        encoder.decode("{}", "application/json")


@given(
    st.lists(
        st.lists(
            st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_training_and_serving_read_the_same_bits(rows: list[list[float | None]]) -> None:
    lines = [",".join("" if cell is None else repr(cell) for cell in row) for row in rows]
    with tempfile.TemporaryDirectory() as name:
        place = folder(Path(name), train="".join(f"1,{line}\n" for line in lines))
        trained = data_utils.get_dmatrix(place, "csv")
    assert trained is not None
    assert cells(encoder.csv_to_dmatrix("\n".join(lines))) == cells(trained) == single(rows)


def test_json_becomes_lines() -> None:
    assert encoder.json_to_jsonlines({"predictions": [{"score": 1}, 2]}) == b'{"score": 1}\n2\n'
    with pytest.raises(ValueError, match="one member"):
        encoder.json_to_jsonlines('{"a": [], "b": []}')


def test_files_that_are_in_both_folders_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train, held = folder(tmp_path / "t", rows="1,2\n"), folder(tmp_path / "v", rows="3,4\n")
    data_utils.check_data_redundancy(train, held)
    assert "have the same name and size" in caplog.text
    with pytest.raises(UserError, match="missing folder"):
        data_utils.check_data_redundancy(train, str(tmp_path / "nowhere"))
