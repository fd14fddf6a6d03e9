"""Every format of a data set becomes the same cells under the same names."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analyzer.contract.dataset_format import parse_dataset_format
from analyzer.data_quality.dataset_summary import summarize
from analyzer.dataset import csv_files, parquet_files
from analyzer.dataset.chunks import ROWS
from analyzer.dataset.reading import read_chunks
from tandem.errors import BadData, UserError
from tests.analyzer.jobs import CAPTURE, CSV, Place, make_table, to_csv


def read(
    folder: Path, form: str, baseline: tuple[str, ...] = ()
) -> tuple[int, dict[str, Mapping[str, int]]]:
    chunks = read_chunks(folder, parse_dataset_format(form))
    summary = summarize(chunks, baseline)
    rows, columns = summary.rows, summary.describe()
    return rows, {column.name: dict(column.counts) for column in columns}


def capture(request: str, response: str | None, encoding: str = "CSV") -> str:
    kind = "application/json" if encoding == "JSON" else "text/csv"
    bodies = {"endpointInput": request, "endpointOutput": response}
    data = {
        name: {"observedContentType": kind, "mode": name, "data": text, "encoding": encoding}
        for name, text in bodies.items()
        if text is not None
    }
    return json.dumps({"captureData": data, "eventMetadata": {"eventId": "e"}}) + "\n"


def test_csv_in_blocks_is_counted_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "_BLOCK", 1000)
    table = make_table(1, 300)
    (tmp_path / "a.csv").write_text(to_csv(table))
    (tmp_path / "b.csv").write_text('age,state\n7,"x, y"\n')
    rows, columns = read(tmp_path, CSV)
    assert rows == 301
    assert list(columns) == list(table)
    assert columns["age"] == Counter([*table["age"], "7"])
    assert columns["state"] == Counter([*table["state"], "x, y"])
    assert sum(columns["amount"].values()) == 300


def test_csv_without_a_header_takes_the_names_of_the_baseline(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,a,9\n2,b,9\n")
    assert list(read(tmp_path, '{"csv": {}}')[1]) == ["_c0", "_c1", "_c2"]
    assert list(read(tmp_path, '{"csv": {}}', ("x", "y"))[1]) == ["x", "y", "_c2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n3\n", "b.csv: is no CSV table of one width"),
        ("a,a\n1,2\n", "has two columns of the name 'a'"),
    ],
)
def test_a_damaged_csv_file_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(BadData) as raised:
        read(tmp_path, CSV)
    assert sentence in str(raised.value)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table({"n": [1, None, 1], "f": [1.0, 2.5, float("nan")], "b": [True, False, True]})
    pq.write_table(table, tmp_path / "a.parquet")
    chunks = read_chunks(tmp_path, parse_dataset_format('{"Parquet": {}}'))
    summary = summarize(chunks)
    rows, columns = summary.rows, summary.describe()
    found = {column.name: (column.inferred_type, dict(column.counts)) for column in columns}
    assert rows == 3
    assert found == {
        "n": ("Integral", {"1": 2}),
        "f": ("Fractional", {"1.0": 1, "2.5": 1}),
        "b": ("String", {"true": 2, "false": 1}),
    }


def test_parquet_is_not_kept_in_memory_as_it_is_read(tmp_path: Path) -> None:
    rows, parts = 20_000, 40
    random = np.random.default_rng(0)
    table = pa.table({"n": random.integers(0, 2**62, rows * parts)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=rows, use_dictionary=False)
    del table
    before = pa.total_allocated_bytes()
    held = [
        pa.total_allocated_bytes() - before
        for _ in parquet_files.read_parquet(tmp_path / "a.parquet")
    ]
    size = (tmp_path / "a.parquet").stat().st_size
    assert len(held) == rows * parts // ROWS + 1
    assert max(held) < size / 2


def test_json_lines_are_flat_and_an_absent_key_is_missing(tmp_path: Path) -> None:
    lines = [{"a": 1, "b": {"c": "x", "d": [1.5, None]}}, {"a": None}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    rows, columns = read(tmp_path, '{"json": {"lines": true}}')
    assert rows == 2
    assert columns == {"a": {"1": 1}, "b.c": {"x": 1}, "b.d_0": {"1.5": 1}, "b.d_1": {}}


def test_a_captured_response_stands_before_its_request(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        capture("7,a\n8,b\n", "0.25\n0.5\n")
        + capture("OSxh", "MC4yNQ==", "BASE64")
        + capture(base64.b64encode(b"9,a\n").decode(), base64.b64encode(b"0.25").decode(), "BASE64")
    )
    rows, columns = read(tmp_path, CAPTURE, ("score", "n", "kind"))
    assert rows == 4
    assert columns["score"] == {"0.25": 3, "0.5": 1}
    assert columns["n"] == {"7": 1, "8": 1, "9": 2}
    assert columns["kind"] == {"a": 3, "b": 1}


def test_captured_json_has_the_names_of_its_fields(tmp_path: Path) -> None:
    request = json.dumps({"instances": [{"n": 1, "score": "s"}, {"n": 2, "score": "t"}]})
    response = json.dumps({"predictions": [{"score": 0.5}, {"score": 0.75}]})
    (tmp_path / "a.jsonl").write_text(capture(request, response, "JSON"))
    rows, columns = read(tmp_path, CAPTURE)
    assert rows == 2
    assert columns == {
        "endpointOutput.score": {"0.5": 1, "0.75": 1},
        "n": {"1": 1, "2": 1},
        "score": {"s": 1, "t": 1},
    }


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "a.jsonl, row 1: is no JSON"),
        ('{"a": 1}', "a.jsonl, row 1: is no captured data"),
        (capture("1\n2\n", "0.5\n"), "has 2 rows and its response 1"),
        (capture("/w==", None, "BASE64"), "is no text"),
    ],
)
def test_a_line_that_is_no_capture_is_refused(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "a.jsonl").write_text(line)
    with pytest.raises(BadData) as raised:
        read(tmp_path, CAPTURE)
    assert sentence in str(raised.value)


def test_an_empty_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the data set is empty"):
        read(tmp_path, CSV)
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(UserError, match="the data set has no rows"):
        read(tmp_path, CSV)


SCRIPT = """
def preprocess_handler(inference_record):
    data = inference_record.endpoint_input.data.strip()
    if data == "drop":
        return None
    if data == "two":
        return [{"0": "1", "1": "b"}, {"0": "2", "1": "b"}]
    if data == "fail":
        return {"0": 1 / 0}
    if data == "wrong":
        return 3
    return {str(i).zfill(20): d for i, d in enumerate(data.split(","))}
"""


def run_script(tmp_path: Path, *bodies: str) -> Place:
    place = Place(tmp_path)
    place.write("a.jsonl", "".join(capture(body, "0.5") for body in bodies))
    (tmp_path / "pre.py").write_text(SCRIPT)
    place.run(CAPTURE, {"record_preprocessor_script": str(tmp_path / "pre.py")})
    return place


def test_a_preprocessing_script_makes_none_one_or_several_rows(tmp_path: Path) -> None:
    place = run_script(tmp_path, "7,a", "drop", "two")
    statistics = place.read("statistics.json")
    assert statistics["dataset"]["item_count"] == 3
    first, second = statistics["features"]
    assert (first["name"], first["numerical_statistics"]["sum"]) == ("_c0", 10.0)
    buckets = second["string_statistics"]["distribution"]["categorical"]["buckets"]
    assert buckets == [{"value": "b", "count": 2}, {"value": "a", "count": 1}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("fail", "preprocess_handler of pre.py raised ZeroDivisionError"),
        ("wrong", "preprocess_handler of pre.py returned int, and must return"),
    ],
)
def test_a_script_that_fails_is_named(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(UserError) as raised:
        run_script(tmp_path, body)
    assert sentence in str(raised.value)
    assert not (tmp_path / "processing/output").exists()


def test_a_script_for_data_that_is_not_captured_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.csv", "a\n1\n")
    (tmp_path / "pre.py").write_text(SCRIPT)
    with pytest.raises(UserError, match="reads captured data, and the data set is csv"):
        place.run(CSV, {"record_preprocessor_script": str(tmp_path / "pre.py")})


def test_a_postprocessing_script_runs_at_the_end(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.csv", "a\n1\n")
    mark = tmp_path / "mark"
    script = tmp_path / "post.py"
    script.write_text(f"def postprocess_handler():\n    open({str(mark)!r}, 'w').close()\n")
    place.run(CSV, {"post_analytics_processor_script": str(script)})
    assert mark.exists()
    script.write_text("x = 1\n")
    with pytest.raises(UserError, match=r"post.py has no function postprocess_handler"):
        place.run(CSV, {"post_analytics_processor_script": str(script)})
