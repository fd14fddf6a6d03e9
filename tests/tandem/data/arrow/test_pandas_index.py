"""The index of a pandas or Dask data frame labels the rows and is no column."""

from __future__ import annotations

import io
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
from tandem.data.arrow.pandas_index import find_index_columns
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.errors import BadData

PARQUET = "application/x-parquet"
ARROW = "application/vnd.apache.arrow.stream"
BOTH = pytest.mark.parametrize("content_type", [PARQUET, ARROW])
PLAIN = {"y": [1.0, 0.0], "x": [0.5, 2.0]}
LABELLED = pd.DataFrame(PLAIN, index=["first", "second"])
NAMED = LABELLED.rename_axis("id")
SEVERAL = pd.DataFrame(PLAIN, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
STEPS = pd.DataFrame(PLAIN, index=range(10, 30, 10))


def from_pandas(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame)


def from_dask() -> pa.Table:
    """Write as Dask does: the index first, under a name of its own."""
    return from_pandas(LABELLED.rename_axis("__null_dask_index__")).select([2, 0, 1])


TABLES = {
    "labels": from_pandas(LABELLED),
    "a name": from_pandas(NAMED),
    "several levels": from_pandas(SEVERAL),
    "a range": from_pandas(STEPS),
    "a stored range": pa.Table.from_pandas(STEPS, preserve_index=True),
    "Dask": from_dask(),
    "metadata lost": from_dask().replace_schema_metadata(None),
    "metadata damaged": from_pandas(SEVERAL).replace_schema_metadata({"pandas": "[{"}),
    "none": pa.table(PLAIN),
}
INDEXED = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def written(content_type: str, table: pa.Table) -> bytes:
    out = io.BytesIO()
    if content_type == PARQUET:
        pq.write_table(table, out)
    else:
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
    return out.getvalue()


def source(content_type: str, table: pa.Table) -> Any:
    codec, parameters = codecs.find_decoder(content_type)
    return codec.open_body(written(content_type, table), parameters)


@BOTH
@INDEXED
def test_serving_reads_the_columns_alone(content_type: str, table: pa.Table) -> None:
    expected = [[1, 0.5], [0, 2]]
    for schema in (MatrixSchema(2, ("y", "x")), MatrixSchema(2)):
        assert schema.read(source(content_type, table)).numbers.tolist() == expected
    fields = (Field("y", "number"), Field("x", "number"))
    found = RecordSchema(fields, ("y", "x")).read(source(content_type, table))
    assert found.numbers.tolist() == expected


@BOTH
@INDEXED
def test_training_reads_the_columns_alone(
    content_type: str, table: pa.Table, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(written(content_type, table))
    channel = Channel("train", tmp_path, content_type)
    (examples,) = training_channel.read_labelled_rows(channel)
    assert (examples.names, examples.label.tolist()) == (("x",), [1, 0])
    (whole,) = training_channel.read_records(channel)
    (part,) = training_channel.read_record_parts(channel)
    for records in (whole, part):
        assert records.names == ("y", "x")
        assert [*map(tuple, records.rows)] == [("1", "0.5"), ("0", "2")]


@BOTH
def test_an_index_that_the_model_has_as_a_column_is_read(content_type: str) -> None:
    table = from_pandas(pd.DataFrame({"x": [0.5, 2.0]}, index=pd.Index([7, 9], name="id")))
    found = MatrixSchema(2, ("id", "x")).read(source(content_type, table))
    assert found.numbers.tolist() == [[7, 0.5], [9, 2]]
    fields = (Field("id", "text"), Field("x", "number"))
    records = RecordSchema(fields, ("id", "x")).read(source(content_type, table))
    assert records.texts[:, 0].tolist() == ["7", "9"]


@BOTH
def test_an_index_of_the_name_that_a_job_asks_for_is_read(
    content_type: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "part").write_bytes(written(content_type, from_pandas(NAMED)))
    channel = Channel("train", tmp_path, content_type, data_columns=frozenset({"id"}))
    (part,) = training_channel.read_record_parts(channel)
    (whole,) = training_channel.read_records(channel)
    assert part.names == whole.names == ("y", "x", "id")
    assert "index" not in caplog.text


@BOTH
def test_the_log_names_an_index_once(
    content_type: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(written(content_type, from_pandas(NAMED)))
    caplog.set_level("INFO", "tandem")
    assert (
        len(list(training_channel.read_labelled_rows(Channel("train", tmp_path, content_type))))
        == 2
    )
    assert [r.getMessage() for r in caplog.records] == [
        "channel train: column 'id' is an index and is not read"
    ]


@BOTH
def test_an_index_alone_is_refused(content_type: str) -> None:
    table = from_pandas(pd.DataFrame(index=pd.Index([7, 9], name="id")))
    with pytest.raises(BadData, match=r"^every column is an index\. Write columns"):
        MatrixSchema(1).read(source(content_type, table))


def test_only_names_in_the_metadata_are_an_index() -> None:
    schema = pa.schema([("a", pa.int64())], metadata={"pandas": '{"index_columns": [3, {}]}'})
    assert find_index_columns(schema) == ()
    for damaged in ("[]", "3", '{"index_columns": "a"}'):
        assert find_index_columns(schema.with_metadata({"pandas": damaged})) == ()


def test_a_column_of_texts_that_is_an_index_costs_no_number() -> None:
    """The values of an index may be anything: none of them is looked at."""
    frame = pd.DataFrame({"x": np.arange(2.0)}, index=pd.period_range("2024-01", periods=2))
    table = from_pandas(frame.set_axis(frame.index.astype(str)))
    assert MatrixSchema(1).read(source(PARQUET, table)).numbers.tolist() == [[0], [1]]
