from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.codecs.csv import CODEC, CsvSource
from tandem.data.tables import Table
from tandem.errors import BadData

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def matrix(text: str) -> list[list[float]]:
    values: list[list[float]] = CsvSource(text.encode(), file="a.csv").read_matrix().tolist()
    return values


@pytest.mark.parametrize(
    "text", ["1,2\n3,4\n", "1,2\n3,4", "1,2\r\n3,4\r\n", '"1",2\n3,"4"\n', "\ufeff1, 2\n3,4 \n"]
)
def test_numbers_are_read_in_every_usual_spelling(text: str) -> None:
    assert matrix(text) == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("text", ["1,,3", "1,nan,3", '1,"",3'])
def test_an_empty_field_is_missing(text: str) -> None:
    (row,) = matrix(text)
    assert row[0] == 1.0
    assert math.isnan(row[1])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,2\n3,x\n", "a.csv, row 2, column '2': a number is expected, and the value is a word."),
        ("1,1_000\n", "a.csv, row 1, column '2': a number is expected,"),
        ("1,inf\n", "a.csv, row 1, column '2': the value is infinite. Leave the cell empty."),
        ("1,2\n3\n", "a.csv, row 2: the row has 1 columns, and the first has 2."),
        ("1,2,3\n4,5\n6,7,8,9\n", "a.csv, row 2: the row has 2 columns, and the first has 3."),
        ("1,2\n\n3,4\n", "a.csv, row 2: the row is empty."),
        ("", "a.csv: is empty. Give it one row at least."),
        ('1,"2\n', "a.csv: is not well-formed CSV"),
    ],
)
def test_a_bad_cell_or_row_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        matrix(text)
    assert str(caught.value).startswith(sentence)


def test_bytes_that_are_not_text_are_refused_with_their_row() -> None:
    with pytest.raises(BadData, match=r"a.csv, row 2: is not UTF-8 text"):
        CsvSource(b"1,2\n3,\xff\n", file="a.csv").read_matrix()


@given(st.lists(st.lists(FINITE, min_size=3, max_size=3), min_size=1, max_size=8))
def test_float64_survives_writing_and_reading_bit_for_bit(rows: list[list[float]]) -> None:
    values = np.array(rows)
    back = CsvSource(CODEC.encode(Table(values))).read_matrix()
    assert back.view(np.uint64).tolist() == values.view(np.uint64).tolist()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_float32_survives_writing_and_reading_bit_for_bit(column: list[float]) -> None:
    values = np.array([column], dtype=np.float32).T
    back = CsvSource(CODEC.encode(Table(values))).read_matrix().astype(np.float32)
    assert back.view(np.uint32).tolist() == values.view(np.uint32).tolist()


def test_the_float32_of_fewer_digits_than_float64_can_carry_is_written_with_more() -> None:
    values = np.array([[0x15AE43FD, 0x95AE43FD]], dtype=np.uint32).view(np.float32)
    back = CsvSource(CODEC.encode(Table(values))).read_matrix().astype(np.float32)
    assert back.tobytes() == values.tobytes()


@given(st.lists(st.lists(FINITE | st.just(math.nan), min_size=2, max_size=2), min_size=2))
def test_a_row_reads_the_same_alone_and_among_others(rows: list[list[float]]) -> None:
    body = CODEC.encode(Table(np.array(rows)))
    together = CsvSource(body).read_matrix()
    alone = [CsvSource(line).read_matrix()[0] for line in body.splitlines()]
    assert np.array_equal(together, np.array(alone), equal_nan=True)


def test_the_label_is_written_first_and_missing_is_empty() -> None:
    table = Table(
        np.array([[0.1, math.nan]], dtype=np.float32),
        texts=np.array([['say "a,b"']], dtype=object),
        label=np.array([208500.0]),
    )
    assert CODEC.encode(table) == b'208500.0,0.1,,"say ""a,b"""\n'


def test_a_row_is_written_the_same_beside_any_other() -> None:
    rows = np.array([[0.1, 2], [-0.0, np.nan], [np.inf, 1e-5], [3e9, 16777216]], dtype=np.float32)
    alone = [CODEC.encode(Table(row[np.newaxis])).decode() for row in rows]
    assert alone == ["0.1,2\n", "-0,\n", "inf,0.00001\n", "3000000000,16777216\n"]
    assert CODEC.encode(Table(rows)).decode() == "".join(alone)
    labelled = Table(rows, label=np.array([1.0, np.nan, 0.5, 1e22]))
    assert CODEC.encode(labelled).decode().splitlines() == [
        *("1.0,0.1,2", ",-0,", "0.5,inf,0.00001", "1e+22,3000000000,16777216")
    ]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_cell_may_be_as_long_as_the_body(quoted: bool) -> None:
    article = "word " * 60_000
    cell = f'"{article}"' if quoted else article
    records = CsvSource(f"id,text\n1,{cell}\n".encode()).read_records()
    assert records.rows[-1][-1] == article
