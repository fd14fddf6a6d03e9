from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tandem import codecs
from tandem.codecs import training_channel
from tandem.contract.training_job import Channel
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.errors import BadData, NotAcceptable, PayloadTooLarge

NAN = np.nan


def matrix(text: str, width: int = 3) -> np.ndarray:
    codec, parameters = codecs.find_decoder("text/x-libsvm; charset=utf-8")
    return MatrixSchema(width).read(codec.open_body(text.encode(), parameters)).numbers


def channel(folder: Path, **files: str) -> Channel:
    for name, text in files.items():
        (folder / name).write_text(text)
    return Channel("train", folder, "libsvm")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("1 0:5 2:7\n", [5, NAN, 7]),
        ("0:5 2:7", [5, NAN, 7]),
        ("-1.5 qid:3 2:7 0:5 # a note\r\n", [5, NAN, 7]),
        ("# a note\n1:2.5\n", [NAN, 2.5, NAN]),
        ("0\n", [NAN, NAN, NAN]),
        ("0:nan 1:0 2:1e-3\n", [NAN, 0, 0.001]),
    ],
)
def test_a_row_is_read_with_a_label_and_without(text: str, row: list[float]) -> None:
    assert np.array_equal(matrix(text), [row], equal_nan=True)


def test_a_row_never_shifts_whatever_stands_beside_it() -> None:
    one_based = "1:4 2:5\n"
    alone = matrix(one_based)[0]
    beside_an_index_0 = matrix(f"0:1\n{one_based}")[1]
    assert np.array_equal(alone, [NAN, 4, 5], equal_nan=True)
    assert np.array_equal(beside_an_index_0, alone, equal_nan=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0:1\n3:1\n", "row 2: there is no column 3: 3 columns are expected, and they count from"),
        ("0:1\n0:1 x:2\n", "row 2: a value needs an index, a whole number from 0, and a colon"),
        ("0:1 2\n", "row 1, column '2': a number is expected, and the value is not a number."),
        ("0:1 -1:2\n", "row 1: a value needs an index"),
        ("0:1 1_0:2\n", "row 1: a value needs an index"),
        (f"0:1 {'9' * 19}:2\n", "row 1: a value needs an index"),
        ("0:1\n\n0:1\n", "row 2: the row is empty."),
        ("# nothing\n", "there is no row."),
        ("0:1\n# note\n0:1 0:2\n", "row 3, column '0': the row gives the column twice."),
        ("0:one\n", "row 1, column '0': a number is expected, and the value is a word."),
        ("0:1 2:inf\n", "row 1, column '2': the value is infinite."),
        ("0:1\nno 1:2\n", "row 2: a number is expected, and the value is a word."),
    ],
)
def test_what_cannot_be_read_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        matrix(text)
    assert str(caught.value).startswith(sentence)


def test_a_training_file_gives_labels_weights_and_queries(tmp_path: Path) -> None:
    (file,) = training_channel.read_labelled_rows(
        channel(tmp_path, a="1:0.5 qid:7 1:2\n0:2 qid:8 0:3\n")
    )
    assert file.label.tolist() == [1, 0]
    assert file.weight is not None
    assert file.weight.tolist() == [0.5, 2]
    assert file.group is not None
    assert file.group.tolist() == [7, 8]
    assert np.array_equal(file.to_dense(2), [[NAN, 2], [3, NAN]], equal_nan=True)


def test_the_widest_file_decides_for_the_whole_channel(tmp_path: Path) -> None:
    files = list(training_channel.read_labelled_rows(channel(tmp_path, a="1 1:2\n", b="0 4:3\n")))
    assert [file.width for file in files] == [2, 5]
    assert [file.to_dense(5).shape for file in files] == [(1, 5), (1, 5)]
    with pytest.raises(BadData, match="train/b, row 1: there is no column 4: 3 columns are expec"):
        files[1].to_dense(3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 0:1\n1:2 0:1\n", "train/a: some rows have a weight and some have none."),
        ("1 qid:1 0:1\n1 0:1\n", "train/a: some rows have a qid and some have none."),
        ("1 0:1\ntwo 0:1\n", "train/a, row 2: a number is expected, and the value is a word."),
        (f"1 0:1\n1 {10**17}:1\n", "train/a: 2 rows of 100,000,000,000,000,001 columns do not fit"),
    ],
)
def test_a_training_file_that_cannot_be_used_is_named(
    tmp_path: Path, text: str, sentence: str
) -> None:
    def whole() -> None:
        (file,) = training_channel.read_labelled_rows(channel(tmp_path, a=text))
        file.to_dense(file.width)

    with pytest.raises(BadData) as caught:
        whole()
    assert str(caught.value).startswith(sentence)


def test_it_is_read_only_and_holds_no_records() -> None:
    with pytest.raises(NotAcceptable):
        codecs.find_encoder("text/libsvm", "text/csv")
    codec, parameters = codecs.find_decoder("text/libsvm")
    with pytest.raises(BadData, match="sparse rows are numbers without names"):
        RecordSchema((Field("a", "text"),), ("a",)).read(codec.open_body(b"1 0:1", parameters))


def test_many_short_rows_for_a_wide_model_are_refused() -> None:
    with pytest.raises(PayloadTooLarge, match="2,000 rows of 100,000 columns are too many"):
        matrix("0\n" * 2000, width=100_000)
