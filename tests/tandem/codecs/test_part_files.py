"""Channels as Spark and others write them: marks, hidden files, part files without a row."""

from __future__ import annotations

import gzip
import io
import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from booster.data.channel_reader import read_channel as read_examples
from preprocessor.data.channel_records import read_channel as read_raw
from preprocessor.fit.out_of_core.channel_chunks import read_chunks
from preprocessor.fit.out_of_core.dask_local import divide_objects
from tandem import codecs
from tandem.contract import training_job
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.paths import Paths
from tandem.contract.pipe_mode import Pipe
from tandem.contract.settings import read as settings
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService
from tests.tandem.codecs.test_fuzz import Echo

PARQUET = "application/x-parquet"
FRAME = pd.DataFrame({"y": [0.0, 1.0], "a": [1.5, 2.0], "b": [3.0, -1.0]})
ROWS = FRAME.to_numpy().tolist()
TEXT = FRAME.to_csv(index=False).encode()
HEADER = TEXT.partition(b"\n")[0] + b"\n"
SPARK = {
    "_SUCCESS": b"",
    "._SUCCESS.crc": b"\0",
    "_committed_17": b"{}",
    "_delta_log/0.json": b"{}",
    ".part-0.crc": b"\0",
}


def written(folder: Path, files: dict[str, bytes], content_type: str | None = None) -> Channel:
    """Write a channel and read its description as a job does."""
    config = folder / "input" / "config"
    config.mkdir(parents=True)
    described = {"train": {"ContentType": content_type} if content_type else {}}
    (config / "inputdataconfig.json").write_text(json.dumps(described))
    for name, body in files.items():
        path = folder / "input" / "data" / "train" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return training_job.read(Paths(folder), HyperparameterValues({}, frozenset()), Stop()).channels[
        "train"
    ]


def examples(channel: Channel) -> list[list[float]]:
    found = read_examples(channel, weights=False)
    rows: list[list[float]] = np.column_stack([found.label, found.read_all()]).tolist()
    return rows


def raw(channel: Channel) -> list[list[float]]:
    return [[float(cell) for cell in row] for file in read_raw(channel).files for row in file.rows]


def in_parts(channel: Channel) -> list[list[float]]:
    runs = [read_chunks(channel, *span) for span in divide_objects(channel, 8)]
    return [[float(c) for c in row] for run in runs for part in run for row in part.rows]


def parquet(frame: pd.DataFrame) -> bytes:
    body: bytes = frame.to_parquet(index=False)
    return body


def test_what_spark_writes_beside_its_data_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    channel = written(tmp_path, {**SPARK, "part-0": TEXT, "_k=1/part-1": TEXT})
    with caplog.at_level(logging.WARNING):
        for read in (examples, raw, in_parts):
            assert read(channel) == ROWS + ROWS
    assert caplog.text == ""


@pytest.mark.parametrize("files", [{"part-0": b""}, {"a": HEADER}, {"a/z": gzip.compress(b"")}])
def test_part_files_without_a_row_are_left_out(files: dict[str, bytes], tmp_path: Path) -> None:
    channel = written(tmp_path, {**files, "b": TEXT, "c": HEADER, "d": TEXT, "e": b""})
    for read in (examples, raw, in_parts):
        assert read(channel) == ROWS + ROWS


def test_a_stream_of_part_files_is_read_past_each_header(tmp_path: Path) -> None:
    path = tmp_path / "train"
    body = HEADER + TEXT + HEADER + TEXT.replace(b"\n", b"\r\n") + b"\xef\xbb\xbf" + TEXT + HEADER
    (tmp_path / "train_0").write_bytes(body)
    for read in (examples, raw, in_parts):
        assert read(Channel("train", path, "text/csv", Pipe(path, Stop()))) == ROWS * 3
    (tmp_path / "train_0").write_bytes(body + b"2,x,1\n")
    with pytest.raises(BadData, match=r"^train_0, row 13, column '2': a number is expected"):
        examples(Channel("train", path, "text/csv", Pipe(path, Stop())))


def test_parquet_files_without_a_row_are_left_out(tmp_path: Path) -> None:
    empty, full = parquet(FRAME.head(0)), parquet(FRAME)
    channel = written(tmp_path, {"0": empty, "1": full, "2": empty, "_SUCCESS": b""}, PARQUET)
    for read in (examples, raw, in_parts):
        assert read(channel) == ROWS


def test_a_channel_without_any_row_is_refused_by_its_first_file(tmp_path: Path) -> None:
    channel = written(tmp_path, {"a": HEADER, "b": b"", "_SUCCESS": b""})
    for read in (examples, raw):
        with pytest.raises(BadData, match=r"^train/a: there is no row below the header"):
            read(channel)
    assert in_parts(channel) == []
    nothing = written(tmp_path / "2", {"a": b"", "_SUCCESS": b""})
    assert nothing.empty
    with pytest.raises(BadData, match=r"^train/a: is empty. Give it one row at least."):
        examples(nothing)


def test_a_part_file_with_another_header_is_still_refused(tmp_path: Path) -> None:
    channel = written(tmp_path, {"a": TEXT, "b": b"y,b,a\n1,2,3\n"})
    with pytest.raises(BadData, match="train/b, row 1: has another header than train/a"):
        raw(channel)


def test_data_under_a_hidden_name_is_not_left_out_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert examples(written(tmp_path, {"_old.csv": TEXT, "a.csv": TEXT})) == ROWS
    assert "channel train: _old.csv is left out, as names that begin with '_' or" in caplog.text
    alone = written(tmp_path / "2", {"_old.csv": TEXT})
    with pytest.raises(UserError, match=r"holds no file. _old.csv and other names that begin with"):
        examples(alone)


def npy(values: FloatArray) -> bytes:
    return codecs.find_encoder("application/x-npy", "")[0].encode(Table(values, key=FEATURES))


def arrow() -> bytes:
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def recordio() -> bytes:
    table = Table(FRAME[["a", "b"]].to_numpy(), label=FRAME["y"].to_numpy(), key=FEATURES)
    return codecs.find_encoder("application/x-recordio-protobuf", "")[0].encode(table)


MARKED = {
    "Parquet": parquet(FRAME),
    "Arrow": arrow(),
    "NPY": npy(FRAME.to_numpy()),
    "RecordIO": recordio(),
}


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_without_a_content_type_is_what_its_first_bytes_say(
    name: str, pack: type[bytes], tmp_path: Path
) -> None:
    assert examples(written(tmp_path, {"data": pack(MARKED[name])})) == ROWS


def test_records_without_a_content_type_are_what_their_first_bytes_say(tmp_path: Path) -> None:
    for name in ("Parquet", "Arrow"):
        channel = written(tmp_path / name, {"data": MARKED[name]})
        assert raw(channel) == in_parts(channel) == ROWS


@pytest.mark.parametrize("file", ["data.jsonl", "more.NDJSON", "packed.jsonl.gz"])
def test_lines_of_json_without_a_content_type_are_known_by_their_name(
    file: str, tmp_path: Path
) -> None:
    lines = FRAME.to_json(orient="records", lines=True).encode()
    content = gzip.compress(lines) if file.endswith(".gz") else lines
    channel = written(tmp_path, {file: content})
    assert raw(channel) == in_parts(channel) == ROWS
    with pytest.raises(BadData):
        raw(written(tmp_path / "declared", {file: content}, "text/csv"))


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


def npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, x=FRAME.to_numpy())
    return out.getvalue()


def arrow_file() -> bytes:
    out = io.BytesIO()
    feather.write_feather(FRAME, out, compression="uncompressed")
    return out.getvalue()


SAVE_AS_CSV = "Save the sheet as CSV in UTF-8, or write it as Parquet with pandas."
WRONG = {
    "Parquet": (MARKED["Parquet"], f"a Parquet file|Declare the content type '{PARQUET}'."),
    "NPY": (MARKED["NPY"], "an NPY array|Declare the content type 'application/x-npy'."),
    "xlsx": (workbook(), f"an Excel workbook (.xlsx)|{SAVE_AS_CSV}"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, f"an Excel workbook (.xls)|{SAVE_AS_CSV}"),
    "NPZ": (npz(), "an NPZ archive|Write one array with numpy.save as application/x-npy."),
    "Feather": (
        arrow_file(),
        "an Arrow IPC file (Feather)|Write an Arrow IPC stream, or Parquet.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_declared_as_text_and_is_not_gets_a_sentence(name: str, tmp_path: Path) -> None:
    body, words = WRONG[name]
    what, remedy = words.split("|")
    channel = written(tmp_path, {"data": body}, "text/csv")
    sentence = f"holds {what}, and the content type is text/csv. {remedy}"
    for read in (examples, raw, in_parts):
        with pytest.raises(BadData) as caught:
            read(channel)
        assert str(caught.value) == f"train/data: {sentence}"
    service = ModelService(Echo(MatrixSchema(3), Table(np.zeros((1, 3)))), settings({}))
    with pytest.raises(BadData) as caught:
        service.invoke("text/csv", None, body)
    assert str(caught.value) == f"the body {sentence}"


def test_a_request_without_a_content_type_is_what_its_first_bytes_say() -> None:
    service = ModelService(Echo(MatrixSchema(3), Table(np.zeros((1, 3)))), settings({}))
    for body in (MARKED["Parquet"], MARKED["NPY"], MARKED["Arrow"], b"0,1.5,3\n1,2,-1\n"):
        assert service.invoke(None, "text/csv", body).body == b"0.0,1.5,3.0\n1.0,2.0,-1.0\n"
    with pytest.raises(BadData, match=r"holds gzip data, and .* Send Content-Encoding: gzip with"):
        service.invoke(None, None, gzip.compress(b"1,2,3\n"))


TRUTHS = [[1.0, 2.5, 0.0], [0.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"True,2.5,False\nfalse,TRUE,true\n"),
        ("text/csv", b'"True",2.5, False\r\nFALSE,"1",true'),
        ("text/csv; header=present", b"y,a,b\nTrue,2.5,False\nFalse,true,True\n"),
        ("text/csv", b"y,a,b\nTrue,2.5,0\nFalse,1,True\n"),
        ("application/json", b'[["True", 2.5, false], ["false", true, "1"]]'),
        (PARQUET, parquet(pd.DataFrame({"y": [True, False], "a": [2.5, 1], "b": ["False", "1"]}))),
    ],
)
def test_true_and_false_are_one_and_zero_in_every_format(
    content_type: str, body: bytes, tmp_path: Path
) -> None:
    assert examples(written(tmp_path, {"data": body}, content_type)) == TRUTHS
    codec, parameters = codecs.find_decoder(content_type)
    assert codec.open_body(body, parameters).read_matrix().tolist() == TRUTHS


def test_words_beside_true_and_false_are_still_refused_with_their_place() -> None:
    codec, parameters = codecs.find_decoder("text/csv")
    with pytest.raises(BadData, match="row 2, column '2': a number is expected, and the value is"):
        codec.open_body(b"True,2\nFalse,Truely\n", parameters).read_matrix()


@pytest.mark.parametrize("blank", [b"\n", b"\n\n\n", b"\r\n", b"  \n\t\n", b"\n "])
@pytest.mark.parametrize("body", [b"0,1.5,3\n1,2,-1\n", b'y,a,b\n0,"1.5",3\n1,2,-1\n', TEXT])
def test_blank_lines_at_the_end_of_csv_are_no_rows(
    body: bytes, blank: bytes, tmp_path: Path
) -> None:
    channel = written(tmp_path, {"data": body + blank})
    assert examples(channel) == ROWS
    if body[:1] == b"y":
        assert raw(channel) == in_parts(channel) == ROWS
    codec, parameters = codecs.find_decoder("text/csv")
    assert codec.open_body(body + blank, parameters).read_matrix().tolist() == ROWS


def test_blank_lines_at_the_end_of_other_texts_are_no_rows(tmp_path: Path) -> None:
    lines = b"[0, 1.5, 3]\n[1, 2, -1]\n"
    for name, body in (
        ("application/jsonlines", lines),
        ("text/libsvm", b"0 0:1.5 1:3\n1 0:2 1:-1\n"),
    ):
        assert examples(written(tmp_path / name, {"data": body + b"\n \n"}, name)) == ROWS


def test_a_blank_line_that_may_be_a_row_is_refused() -> None:
    for content_type, body, row in (
        ("text/csv", b"1,2\n\n3,4\n\n", 2),
        ("text/libsvm", b"0:1\n\n", 2),
        ("application/jsonlines", b"[1]\n\n[2]\n\n", 2),
    ):
        codec, parameters = codecs.find_decoder(content_type)
        with pytest.raises(BadData, match=f"^row {row}: the row is empty"):
            codec.open_body(body, parameters).read_matrix(1)
    codec, parameters = codecs.find_decoder("text/csv")
    one_column = codec.open_body(b"1\n2\n\n", parameters).read_matrix()
    assert np.array_equal(one_column[:, 0], [1, 2, np.nan], equal_nan=True)


@pytest.mark.parametrize("read", [examples, raw, in_parts])
@pytest.mark.parametrize("wrong", [b"PK\x03\x04" + bytes(40), b"1,2,\n3,x\n4\n"])
def test_a_file_that_is_refused_is_left_closed(
    read: Callable[[Channel], list[list[float]]], wrong: bytes, tmp_path: Path
) -> None:
    channel = written(tmp_path, {"data": wrong})
    with pytest.raises(BadData) as caught:
        read(channel)
    assert not [path for path in open_files() if path.is_relative_to(tmp_path)]
    assert caught.value.__traceback__ is not None  # which holds what read the file


def open_files() -> list[Path]:
    """List the files that this process has open."""
    return [link.resolve() for link in Path("/proc/self/fd").iterdir()]
