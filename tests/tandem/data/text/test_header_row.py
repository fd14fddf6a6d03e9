"""Mistakes in a header row are named, with the column and what mends them."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from booster.data.channel_reader import read_channel as read_examples
from preprocessor.data.channel_records import read_channel as read_raw
from preprocessor.fit.out_of_core.channel_chunks import read_chunks
from tandem import codecs
from tandem.contract.training_job import Channel
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.schema.row_source import InputSchema
from tandem.errors import BadData

NAMED = MatrixSchema(2, ("a", "b"))
RECORDS = RecordSchema((Field("a", "number"), Field("b", "text")), ("a", "b"))
WORD = "train/data.csv, row 1, column '{}': a number is expected, and the value is a word."
TRAILING = "Remove the comma at the end of every line"
DOUBLED = "Give each of the columns 1 and 3 a name of its own."
ABOVE = "Put a row of column names above the data, or declare"


def channel(folder: Path, text: str, content_type: str = "text/csv") -> Channel:
    (folder / "data.csv").write_text(text, encoding="utf-8")
    return Channel("train", folder, content_type)


def served(schema: InputSchema, text: str, content_type: str = "text/csv") -> str:
    codec, parameters = codecs.find_decoder(content_type)
    with pytest.raises(BadData) as caught:
        schema.read(codec.open_body(text.encode(), parameters))
    return str(caught.value)


def pandas_index() -> str:
    return pd.DataFrame({"a": [5, 6], "b": [1, 2], "c": [3, 4]}).to_csv()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            pandas_index(),
            f"{WORD.format(2)} The row is no header, as column 1 has no name. Pandas writes its"
            " index like this: leave it out with to_csv(index=False), or name the column.",
        ),
        (
            "a,b,a\n1,2,3\n",
            f"{WORD.format(1)} The row is no header, as the header names a more than once."
            f" {DOUBLED}",
        ),
        (
            "a,b,\n1,2,\n",
            f"{WORD.format(1)} The row is no header, as column 3 has no name. The header ends in a"
            f" comma. {TRAILING}, or name the column.",
        ),
        (
            "label,0,1,2\n1,5,6,7\n",
            f"{WORD.format(1)} If the row is a header with numbers for names, declare the content"
            " type 'text/csv; header=present'.",
        ),
        (
            "a,b\n1,2,\n",
            "train/data.csv, row 2: the row has 3 columns, and the first has 2. The row ends in a"
            " comma, which makes one more empty column: remove it.",
        ),
        (
            "a,b\n1,2,3\n2,3,4\n",
            "train/data.csv, row 2: the row has 3 columns, and the first has 2. If the rows begin"
            " with a row number, write them without it (R: row.names=FALSE).",
        ),
    ],
)
def test_a_header_that_is_none_says_why_in_training_and_in_serving(
    text: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadData) as caught:
        read_examples(channel(tmp_path, text), weights=False)
    assert str(caught.value) == sentence
    assert served(NAMED, text) == sentence.removeprefix("train/data.csv, ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (pandas_index(), "train/data.csv, row 1: column 1 has no name. Pandas writes its index"),
        ("a,b,a\n1,2,3\n", f"train/data.csv, row 1: the header names a more than once. {DOUBLED}"),
        ("a,b,\n1,2,\n", "train/data.csv, row 1: column 3 has no name. The header ends in a comma"),
        ("a,,b\n1,2,3\n", "train/data.csv, row 1: column 2 has no name. Name every column in the"),
    ],
)
def test_a_declared_header_and_one_of_records_must_name_each_column_once(
    text: str, sentence: str, tmp_path: Path
) -> None:
    declared = channel(tmp_path, text, "text/csv; header=present")
    undeclared = channel(tmp_path, text)
    for reading in (
        lambda: read_examples(declared, weights=False),
        lambda: read_raw(declared),
        lambda: read_raw(undeclared),
        lambda: list(read_chunks(undeclared)),
    ):
        with pytest.raises(BadData) as caught:
            reading()
        assert str(caught.value).startswith(sentence)


def test_a_record_with_an_index_or_a_last_comma_is_refused_in_serving() -> None:
    index = "row 1: column 1 has no name. Pandas writes its index like this"
    assert served(RECORDS, ",a,b\n0,1,x\n").startswith(index)
    assert served(NAMED, ",a,b\n0,1,2\n", "text/csv; header=present").startswith(index[7:])
    assert served(RECORDS, "1,x,\n2,y,\n") == (
        "row 1: a row has 3 columns, and 2 are expected."
        f" The last column is empty in every row. {TRAILING}."
    )
    for schema in (NAMED, MatrixSchema(2)):
        assert served(schema, "1,2,\n3,4,\n").endswith(
            f"the model has 2 features. The last column is empty in every row. {TRAILING}."
        )


def test_records_without_a_header_do_not_lose_their_first_row(tmp_path: Path) -> None:
    text = "5.1,3.5,setosa\n4.9,3.0,setosa\n"
    sentence = (
        f"train/data.csv, row 1: the first row has a number in column 1, and a header is expected."
        f" {ABOVE} the content type 'text/csv; header=present' where columns are named by numbers."
    )
    for reading in (read_raw, lambda given: list(read_chunks(given))):
        with pytest.raises(BadData) as caught:
            reading(channel(tmp_path, text))
        assert str(caught.value) == sentence


def test_a_declared_header_may_name_columns_by_numbers(tmp_path: Path) -> None:
    text = "label,0,1\n1,5,6\n0,7,8\n"
    declared = channel(tmp_path, text, "text/csv; header=present")
    assert read_examples(declared, weights=False).names == ("0", "1")
    assert read_raw(declared).list_cells("1") == ["6", "8"]
    assert read_raw(channel(tmp_path, "inf,nan,b\n1,2,3\n")).names == ("inf", "nan", "b")


def test_names_that_are_numbers_are_not_guessed_to_be_a_header_in_serving() -> None:
    schema = RecordSchema((Field("0", "number"), Field("1", "number")), ("0", "1", "x"))
    rows = "1,0,2\n"
    assert served(schema, rows) == (
        "row 1: the first row may hold column names or data, as the columns are named by numbers."
        " Declare 'text/csv; header=present' or 'text/csv; header=absent'."
    )
    codec, parameters = codecs.find_decoder("text/csv; header=absent")
    found = schema.read(codec.open_body(rows.encode(), parameters))
    assert found.numbers.tolist() == [[1, 0]]
    codec, parameters = codecs.find_decoder("text/csv; header=present")
    found = schema.read(codec.open_body(f"1,0,x\n{rows}".encode(), parameters))
    assert found.numbers.tolist() == [[0, 1]]


def test_numbers_that_look_like_names_of_pandas_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = pd.DataFrame(np.arange(8).reshape(2, 4) + 0.5).to_csv(index=False)
    with caplog.at_level(logging.WARNING):
        assert len(read_examples(channel(tmp_path, text), weights=False).label) == 3
        assert "train/data.csv, row 1: the values 0, 1, 2 ... are read as data" in caplog.text
        caplog.clear()
        settled = channel(tmp_path, text, "text/csv; header=present")
        assert len(read_examples(settled, weights=False).label) == 2
        settled = channel(tmp_path, text, "text/csv; header=absent")
        assert len(read_examples(settled, weights=False).label) == 3
    assert caplog.text == ""


def test_a_comma_at_the_end_of_every_row_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert read_examples(channel(tmp_path, "1,2,\n3,4,\n"), weights=False).width == 2
    assert "train/data.csv: the last column is empty in every row" in caplog.text
