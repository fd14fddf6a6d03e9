"""Parquet and Arrow streams: the same columns under two content types."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tandem import codecs
from tandem.codecs import training_channel
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, PayloadTooLarge

PARQUET = "application/x-parquet"
ARROW = "application/vnd.apache.arrow.stream"
NAN = np.nan
BEFORE_1970 = "1969-12-31 23:59:59.999"
BOTH = pytest.mark.parametrize("content_type", [PARQUET, ARROW])
NOON = datetime(2024, 7, 1, 12, 30)  # noqa: DTZ001 - the zone is the column's
TIMES: list[tuple[Any, list[str | None]]] = [
    (pa.array([date(2024, 1, 31), None]), ["2024-01-31", None]),
    (pa.array([date(2024, 1, 31), None], pa.date64()), ["2024-01-31", None]),
    (pa.array([NOON, None], pa.timestamp("s")), ["2024-07-01 12:30:00", None]),
    (pa.array([NOON, NOON.replace(hour=0, minute=0)]), ["2024-07-01 12:30:00", "2024-07-01"]),
    (pa.array([1500, -1], pa.timestamp("ms")), ["1970-01-01 00:00:01.500", BEFORE_1970]),
    (pa.array([0, 1], pa.timestamp("us")), ["1970-01-01", "1970-01-01 00:00:00.000001"]),
    (pa.array([-(2**63), 10_000], pa.timestamp("ms")), [None, "1970-01-01 00:00:10"]),
    (pa.array([None, 10], pa.timestamp("ns")), [None, "1970-01-01 00:00:00.000000010"]),
    (
        pa.array([NOON, NOON.replace(month=1, hour=23)], pa.timestamp("us", "Europe/Berlin")),
        ["2024-07-01 14:30:00+02:00", "2024-01-02 00:30:00+01:00"],
    ),
    (
        pa.array([NOON, None], pa.timestamp("ns", "America/New_York")),
        ["2024-07-01 08:30:00-04:00", None],
    ),
    (pa.array([NOON, None], pa.timestamp("us", "UTC")), ["2024-07-01 12:30:00+00:00", None]),
    (pa.array([NOON, None], pa.timestamp("us", "-05:30")), ["2024-07-01 07:00:00-05:30", None]),
    (pa.array([NOON, None], pa.timestamp("us", "Atlantis")), ["2024-07-01 12:30:00+00:00", None]),
    (
        pa.array([NOON.replace(year=1850), None], pa.timestamp("s", "Europe/Berlin")),
        ["1850-07-01 12:30:00+00:00", None],
    ),
    (pa.array([time(9, 5, 1), None], pa.time32("s")), ["09:05:01", None]),
    (pa.array([time(9, 5, 1, 250_000), None]), ["09:05:01.250000", None]),
    (pa.array([1, None], pa.time64("ns")), ["00:00:00.000000001", None]),
    (pa.array([timedelta(seconds=1), None]), ["0 days 00:00:01", None]),
    (
        pa.array([timedelta(days=2, hours=3), timedelta(seconds=-1.5)], pa.duration("ms")),
        ["2 days 03:00:00", "-1 days +23:59:58.500000"],
    ),
]
RECORDS = RecordSchema((Field("area", "number"), Field("zone", "text")), ("area", "zone"))


def written(content_type: str, columns: dict[str, Any]) -> bytes:
    table = pa.table(columns)
    out = io.BytesIO()
    if content_type == PARQUET:
        pq.write_table(table, out)
    else:
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
    return out.getvalue()


def matrix(content_type: str, columns: dict[str, Any], width: int = 2) -> FloatArray:
    codec, parameters = codecs.find_decoder(content_type)
    source = codec.open_body(written(content_type, columns), parameters)
    return MatrixSchema(width).read(source).numbers


@BOTH
@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pa.array([1.5, None, -2], pa.float64()), [1.5, NAN, -2]),
        (pa.array([1.5, NAN, None], pa.float32()), [1.5, NAN, NAN]),
        (pa.array([1, None, -(2**40)], pa.int64()), [1, NAN, -(2.0**40)]),
        (pa.array([1, 2, 255], pa.uint8()), [1, 2, 255]),
        (pa.array([True, None, False]), [1, NAN, 0]),
        (pa.array(["1.5", "", None]), [1.5, NAN, NAN]),
        (pa.array(["7", "8", "7"]).dictionary_encode(), [7, 8, 7]),
        (pa.array([Decimal("1.25"), None, Decimal(3)]), [1.25, NAN, 3]),
        (pa.nulls(3), [NAN, NAN, NAN]),
    ],
)
def test_every_kind_of_column_becomes_numbers(
    content_type: str, column: Any, values: list[float]
) -> None:
    found = matrix(content_type, {"a": column, "b": [0, 0, 0]})
    assert np.array_equal(found[:, 0], values, equal_nan=True)


@BOTH
def test_columns_are_found_by_name_and_texts_stay_as_they_are(content_type: str) -> None:
    body = written(content_type, {"zone": ["01", None, "A"], "area": [5.0, 0.1, None]})
    codec, parameters = codecs.find_decoder(content_type)
    table = RECORDS.read(codec.open_body(body, parameters))
    assert table.texts[:, 0].tolist() == ["01", None, "A"]
    assert np.array_equal(table.numbers[:, 0], [5, 0.1, NAN], equal_nan=True)


@BOTH
@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([60, None]), ["60", None]),
        (pa.array([60.0, 0.5]), ["60", "0.5"]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
        (pa.array([Decimal("1.50"), None]), ["1.50", None]),
        (pa.nulls(2), [None, None]),
        *TIMES,
        (pa.array(["x", "y"], pa.large_string()), ["x", "y"]),
        (pa.array([2**64 - 1, None], pa.uint64()), ["18446744073709551615", None]),
        (pa.array([np.float16(0.5), None], pa.float16()), ["0.5", None]),
        (pa.array([Decimal("0.10"), Decimal("-12.34")], pa.decimal256(40, 2)), ["0.10", "-12.34"]),
        (pa.array([date(2024, 1, 31), None]).dictionary_encode(), ["2024-01-31", None]),
    ],
)
def test_every_kind_of_column_becomes_texts(
    content_type: str, column: Any, texts: list[str | None]
) -> None:
    body = written(content_type, {"area": [1, 2], "zone": column})
    codec, parameters = codecs.find_decoder(content_type)
    assert RECORDS.read(codec.open_body(body, parameters)).texts[:, 0].tolist() == texts


@BOTH
@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [1.0, np.inf], "b": [1, 2]}, "row 2, column 'a': the value is infinite."),
        ({"a": ["1", "x"], "b": [1, 2]}, "row 2, column 'a': a number is expected, and the value"),
        ({"a": [[1], [2]], "b": [1, 2]}, "column 'a': the column holds values of the type list<"),
        ({"a": [1, 2]}, "row 1, column '2': a row has 1 columns and the model has 2 features."),
        ({"a": pa.array([], pa.int64()), "b": pa.array([], pa.int64())}, "there is no row."),
    ],
)
def test_what_cannot_be_read_is_named(
    content_type: str, columns: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadData) as caught:
        matrix(content_type, columns)
    assert str(caught.value).startswith(sentence)


NESTED: dict[str, Any] = {
    "list": pa.array([[1], None]),
    "struct": pa.array([{"a": 1}, None]),
    "binary": pa.array([b"x", None]),
}


@BOTH
@pytest.mark.parametrize("column", NESTED.values(), ids=NESTED)
def test_a_nested_column_is_refused_where_it_is_used(content_type: str, column: Any) -> None:
    body = written(content_type, {"zone": ["A", "B"], "area": [1, 2], "odd": column})
    codec, parameters = codecs.find_decoder(content_type)
    layout = ("zone", "area", "odd")
    fields = (Field("area", "number"), Field("zone", "text"))
    found = RecordSchema(fields, layout).read(codec.open_body(body, parameters))
    assert found.numbers.tolist() == [[1], [2]]
    odd = Field("odd", "text")
    for schema in (
        RecordSchema((*fields, odd), layout),
        RecordSchema(fields, layout, label=odd),
        RecordSchema(fields, layout, weight=odd),
    ):
        with pytest.raises(BadData) as caught:
            schema.read(codec.open_body(body, parameters))
        found_type = str(column.type).partition("<")[0]
        start = f"column 'odd': the column holds values of the type {found_type}"
        assert str(caught.value).startswith(start)
        assert str(caught.value).endswith("or leave it out of the recipe with 'drop'.")


def test_texts_of_times_are_those_of_a_csv_file_of_pandas() -> None:
    moments = ["2024-01-31 12:30:00", "1969-12-31 23:59:59"]
    frame = pd.DataFrame(
        {
            "moment": pd.to_datetime(moments),
            "exact": pd.to_datetime([f"{moment}.125" for moment in moments]),
            "day": pd.to_datetime([moment[:10] for moment in moments]),
            "zone": pd.to_datetime(moments).tz_localize("Europe/Berlin"),
            "length": pd.to_timedelta([3600, -90], unit="s"),
            "clock": pd.to_datetime(moments).time,
        }
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    (parquet, parameters), (csv, _) = codecs.find_decoder(PARQUET), codecs.find_decoder("text/csv")
    found = parquet.open_body(out.getvalue(), parameters).read_records()
    header, *rows = csv.open_body(frame.to_csv(index=False).encode(), {}).read_records().rows
    assert found.names == tuple(header)
    assert [*map(tuple, found.rows)] == [*map(tuple, rows)]


def test_a_body_that_is_something_else_is_said_to_be_so() -> None:
    for content_type, what in ((PARQUET, "a Parquet file"), (ARROW, "an Arrow IPC stream")):
        codec, parameters = codecs.find_decoder(content_type)
        for body in (b"1,2\n", b"PAR1", written(content_type, {"a": [1]})[:-9]):
            with pytest.raises(BadData, match=f"^the body is not {what}"):
                MatrixSchema(1).read(codec.open_body(body, parameters))


def test_a_small_parquet_file_cannot_stand_for_a_matrix_beyond_memory() -> None:
    rows = pa.array(np.zeros(20_000_000, dtype=np.int8)).dictionary_encode()
    assert len(written(PARQUET, {"a": rows})) < 100_000
    with pytest.raises(PayloadTooLarge, match="20,000,000 rows of 4 columns are too many"):
        matrix(PARQUET, {"a": rows, "b": rows, "c": rows, "d": rows}, 4)
    columns = {"area": rows, "zone": rows, "c": rows, "d": rows}
    codec, parameters = codecs.find_decoder(PARQUET)
    with pytest.raises(PayloadTooLarge):
        RECORDS.read(codec.open_body(written(PARQUET, columns), parameters))


@BOTH
def test_the_label_is_the_first_column_in_training(content_type: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(written(content_type, {"y": [1, 0], "x": [0.1, None]}))
    (file,) = training_channel.read_labelled_rows(Channel("train", tmp_path, content_type))
    assert file.label.tolist() == [1, 0]
    assert np.array_equal(file.to_dense(1), [[0.1], [NAN]], equal_nan=True)


def test_answers_have_columns_with_names() -> None:
    def names(table: Table) -> dict[str, list[Any]]:
        body = codecs.find_encoder(PARQUET, PARQUET)[0].encode(table)
        found: dict[str, list[Any]] = pq.read_table(io.BytesIO(body)).to_pydict()
        return found

    assert names(Table(np.array([[0.5]]))) == {"score": [0.5]}
    assert names(Table(np.array([[0.5, 2]]))) == {"score_0": [0.5], "score_1": [2.0]}
    texts = np.array([["a"]], dtype=object)
    features = Table(np.array([[0.5]]), texts, np.array([1.0]), FEATURES)
    assert names(features) == {"label": [1.0], "features_0": [0.5], "text_0": ["a"]}


def test_pyarrow_is_not_loaded_before_it_is_needed() -> None:
    program = "import sys; from tandem.serving import app; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
