"""A transform's filters and joins, record by record, and records in binary frames."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest

from local_test.errors import UserError
from local_test.platform.batch_transform.data_processing import (
    CSV,
    JSON,
    JSON_LINES,
    DataProcessing,
)
from local_test.platform.batch_transform.json_path import parse_json_path
from local_test.platform.batch_transform.record_splitting import Batch, Split, group_records

ROW = ["a", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize(
    ("path", "record", "found"),
    [
        ("$", ROW, ROW),
        ("$[0]", ROW, "a"),
        ("$[0,-1]", ROW, ["a", "f"]),
        ("$[1:]", ROW, ROW[1:]),
        ("$[1:4]", ROW, ["b", "c", "d", "e"]),
        ("$[:2]", ROW, ["a", "b", "c"]),
        ("$[-2:]", ROW, ["e", "f"]),
        ("$.x.y", {"x": {"y": 1}}, 1),
        ("$.x[1]", {"x": [1, 2]}, 2),
        ("$.*", {"x": 1, "y": 2}, [1, 2]),
        ("$['x', 'z']", {"x": 1, "y": 2, "z": 3}, {"x": 1, "z": 3}),
        ("$['x']", {"x": 1}, 1),
    ],
)
def test_a_path_finds(path: str, record: Any, found: Any) -> None:
    assert parse_json_path(path).find(record) == found


@pytest.mark.parametrize("path", ["", "a", "$a", "$..a", "$[?(@.a)]", "$[1:2:3]", "$." + "a" * 62])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(UserError, match="is refused; write"):
        parse_json_path(path)


@pytest.mark.parametrize(
    ("path", "record"), [("$[6]", ROW), ("$[3:9]", ROW), ("$.a", ROW), ("$[0]", {"a": 1})]
)
def test_a_path_that_finds_nothing_says_where(path: str, record: Any) -> None:
    with pytest.raises(UserError, match="finds nothing in"):
        parse_json_path(path).find(record)


@pytest.mark.parametrize(
    ("kind", "body", "answer", "joined"),
    [
        (CSV, b'1,"a,b"\n2,c\n', b"0.5\n0.25\n", b'1,"a,b",0.5\n2,c,0.25\n'),
        (
            JSON_LINES,
            b'{"x": 1}\n[2]\n',
            b'{"score": 0.5}\n0.25\n',
            b'{"x": 1, "SageMakerOutput": {"score": 0.5}}\n'
            b'{"SageMakerInput": [2], "SageMakerOutput": 0.25}\n',
        ),
    ],
)
def test_answers_stand_beside_their_records(
    kind: str, body: bytes, answer: bytes, joined: bytes
) -> None:
    assert DataProcessing(join=True, kind=kind).process_output(body, answer) == joined


def test_a_whole_document_is_filtered_as_one_record() -> None:
    processing = DataProcessing("$['x','y']", join=True, output_filter="$['z','SageMakerOutput']")
    whole = DataProcessing(
        processing.input_filter, processing.join, processing.output_filter, JSON, lines=False
    )
    body = b'{"x": 1,\n "y": 2, "z": 3}'
    assert whole.filter_input(body) == b'{"x": 1, "y": 2}'
    assert whole.process_output(body, b"[9]") == b'{"z": 3, "SageMakerOutput": [9]}'


@pytest.mark.parametrize(
    ("body", "answer", "sentence"),
    [
        (b"1\n2\n", b"9\n", "1 answers came for 2 records"),
        (b'1,"a\n', b"9\n", "records are no text/csv"),
    ],
)
def test_what_cannot_be_joined_is_said(body: bytes, answer: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        DataProcessing(join=True).process_output(body, answer)


def record_io(*records: bytes) -> bytes:
    return b"".join(
        struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)
        for record in records
    )


def tf_record(*records: bytes) -> bytes:
    return b"".join(
        struct.pack("<QI", len(record), 7) + record + struct.pack("<I", 8) for record in records
    )


@pytest.mark.parametrize(
    ("split", "frame"), [(Split.RECORD_IO, record_io), (Split.TF_RECORD, tf_record)]
)
def test_frames_pass_whole_together_and_bare_alone(split: Split, frame: Any) -> None:
    content = frame(b"12345", b"678", b"9")
    size = len(frame(b"12345", b"678"))
    together = list(group_records(io.BytesIO(content), size, single=False, split=split))
    assert [(batch.body, batch.location) for batch in together] == [
        (frame(b"12345", b"678"), "records 1 to 2"),
        (frame(b"9"), "record 3"),
    ]
    alone = group_records(io.BytesIO(content), 40, single=True, split=split)
    assert [batch.body for batch in alone] == [b"12345", b"678", b"9"]
    with pytest.raises(UserError, match=f"record 3 is no whole {split} record"):
        list(group_records(io.BytesIO(content[:-4]), 40, single=True, split=split))
    assert list(group_records(io.BytesIO(b""), 40, single=True, split=split)) == list[Batch]()
