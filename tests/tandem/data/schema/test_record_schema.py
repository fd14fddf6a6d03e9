from __future__ import annotations

import math

import pytest

from tandem.codecs.csv import CsvSource
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData

SCHEMA = RecordSchema(
    fields=(Field("area", "number"), Field("zone", "text")),
    layout=("id", "area", "zone", "price"),
    label=Field("price", "number"),
    missing=frozenset({"", "NA"}),
)


def read(text: str, header: str | None = None) -> Table:
    return SCHEMA.read(CsvSource(text.encode(), header))


@pytest.mark.parametrize(
    "text",
    [
        "id,area,zone,price\n1,5,A,10\n",
        "price,zone,area\n10,A,5\n",
        "1,5,A,10\n",
    ],
)
def test_columns_are_found_by_name_in_any_order_and_by_position(text: str) -> None:
    table = read(text)
    assert table.numbers.tolist() == [[5.0]]
    assert table.texts.tolist() == [["A"]]
    assert table.label is not None
    assert table.label.tolist() == [10.0]


def test_the_label_may_be_absent() -> None:
    assert read("1,5,A\n").label is None
    assert read("area,zone\n5,A\n").label is None


def test_missing_cells_are_nan_and_none() -> None:
    table = read("1,NA,\n")
    assert math.isnan(table.numbers[0, 0])
    assert table.texts[0, 0] is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id,aera,zone\n1,5,A\n", "row 1: column 'area' is not there."),
        ("id,area,zone,pric\n1,5,A,2\n", "row 1: column 'pric' is not one the model knows;"),
        ("area,area,zone\n1,5,A\n", "row 1: the header names area more than once."),
        ("1,5\n", "row 1: a row has 2 columns, and 3 or 4 with 'price' are expected."),
        ("1,5,A\n2,six,A\n", "row 2, column 'area': a number is expected, and the value is a word"),
        ("area,zone\nsix,A\n", "row 2, column 'area': a number is expected"),
        ("id,area,zone\n", "there is no row below the header."),
    ],
)
def test_what_does_not_fit_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        read(text)
    assert str(caught.value).startswith(sentence)


def test_the_media_type_can_settle_what_row_1_is() -> None:
    schema = RecordSchema((Field("a", "text"),), ("a",))
    both = b"a\nb\n"
    assert schema.read(CsvSource(both)).texts.tolist() == [["b"]]
    assert schema.read(CsvSource(both, "present")).texts.tolist() == [["b"]]
    assert schema.read(CsvSource(both, "absent")).texts.tolist() == [["a"], ["b"]]


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(BadData, match="a row has 2 columns and the model has 3 features"):
        MatrixSchema(3).read(CsvSource(b"1,2\n"))


def test_an_empty_header_that_is_declared_lacks_every_column() -> None:
    with pytest.raises(BadData, match="columns 'area' and 'zone' are not there"):
        read("\ufeff\n\n", "present")
