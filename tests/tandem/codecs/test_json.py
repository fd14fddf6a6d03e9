from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import codecs
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, PayloadTooLarge, TandemError

JSON = "application/json"
LINES = "application/jsonlines"
RECORDS = RecordSchema((Field("area", "number"), Field("zone", "text")), ("area", "zone"))
KEYED = '{"data": {"features": {"keys": [2, 0], "shape": [3], "values": [7, 1.5]}}}'


def matrix(text: str, content_type: str = JSON, width: int = 3) -> list[list[float | None]]:
    codec, parameters = codecs.find_decoder(content_type)
    numbers = MatrixSchema(width).read(codec.open_body(text.encode(), parameters)).numbers
    return [[None if np.isnan(value) else value for value in row] for row in numbers.tolist()]


def records(text: str, content_type: str = JSON) -> Table:
    codec, parameters = codecs.find_decoder(content_type)
    return RECORDS.read(codec.open_body(text.encode(), parameters))


@pytest.mark.parametrize(
    "text",
    [
        '{"instances": [[1.5, null, 7]]}',
        '{"instances": [["1.5", "", " 7 "]], "configuration": {}}',
        '{"instances": [{"features": [1.5, NaN, 7]}]}',
        '{"instances": [{"data": {"features": {"values": [1.5, null, 7]}}}]}',
        f'{{"instances": [{KEYED}]}}',
        KEYED,
        '{"features": [1.5, null, 7.0]}',
        "[[1.5, null, 70e-1]]",
        "[1.5, null, 7]",
    ],
)
def test_a_row_is_read_in_every_form(text: str) -> None:
    assert matrix(text) == [[1.5, None, 7.0]]
    if "instances" not in text and not text.startswith("[["):
        assert matrix(f"{text}\n{text}\n", LINES) == [[1.5, None, 7.0]] * 2


def test_booleans_are_one_and_zero() -> None:
    assert matrix("[true, false, null]") == [[1.0, 0.0, None]]


def test_names_come_in_any_order_and_texts_stay_as_they_are() -> None:
    table = records('[{"area": 5, "zone": "01"}, {"zone": 60, "area": null}, {"zone":"","area":1}]')
    assert table.texts[:, 0].tolist() == ["01", "60", None]
    assert np.array_equal(table.numbers[:, 0], [5.0, np.nan, 1.0], equal_nan=True)
    assert records('{"zone": "A", "area": 5}\n', LINES).texts.tolist() == [["A"]]
    assert records('{"instances": [[5, "area"]]}').texts.tolist() == [["area"]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[1, 2, 3], [1, 2, x]]", "the body is not valid JSON."),
        ("[" * 100_000, "the body is not valid JSON."),
        ('[["\\ud800", 2, 3]]', "the body is not valid JSON."),
        ("[[1, 2, 3], [1, 2]]", "row 2: the row has 2 values, and the first has 3."),
        ('[[1, 2, 3], [1, "two", 3]]', "row 2, column '2': a number is expected, and the value is"),
        ("[[1, 2, [3]]]", "row 1, column '3': a value must be a number, a text, a boolean or null"),
        ("[[1, 2, Infinity]]", "row 1, column '3': the value is infinite"),
        ("[[1, 2, 3, 4]]", "row 1, column '4': a row has 4 columns and the model has"),
        ('[{"a": 1, "b": 2, "c": 3}]', "row 1: the row gives its values by name, and this model"),
        ('[{"a": 1, "a": 2, "c": 3}]', "an object names a member more than once."),
        ('[[1, 2, 3], {"features": [1, 2, 3], "x": {}}, {"a": 1}]', "row 3: the row has another"),
        ('{"instances": []}', "there is no row."),
        ('{"instances": 5}', "must hold a list of rows."),
        ("5", "must hold a list of rows."),
        ("[[1, 2], 5]", "row 2: the row has another form than the first."),
        (
            KEYED.replace("[3]", "[4]"),
            "row 1, column '4': a row has 4 columns and the model has",
        ),
        (KEYED.replace("[3]", '["wide"]'), "row 1: a column's index must be a whole number from 0"),
        (KEYED.replace("[2, 0]", "[3, 0]"), "row 1: there is no column 3: 3 columns are expected"),
        (KEYED.replace("[2, 0]", "[2, 2]"), 'row 1: "keys" must give one column to each of "val'),
        (KEYED.replace("[7, 1.5]", "[7]"), 'row 1: "keys" must give one column to each of "val'),
        (KEYED.replace('"shape": [3],', ""), 'row 1: "features" must hold a list "shape".'),
    ],
)
def test_what_cannot_be_read_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        matrix(text)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"area": 1, "zone": "A"}, {"area": 1}]', "row 2: the row lacks 'zone'. Name the same"),
        ('[{"area": 1}, {"area": 1, "zone": 2}]', "row 2: the row has, unlike the first, 'zone'."),
        ('[{"area": true, "zone": true}]', "row 1, column 'area': a number is expected"),
        ('[{"area": {}, "zone": true}]', "row 1, column 'area': a value must be a number"),
        (KEYED, "sparse rows are numbers without names, and this model reads records."),
    ],
)
def test_records_that_do_not_fit_are_named(text: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        records(text)
    assert str(caught.value).startswith(sentence)


def test_a_bad_line_is_named() -> None:
    with pytest.raises(BadData, match=r"^row 2: is not valid JSON"):
        matrix("[1, 2, 3]\n[1, 2\n", LINES)
    with pytest.raises(BadData, match=r"^row 2: the row is empty"):
        matrix("[1, 2, 3]\n\n[1, 2, 3]\n", LINES)


def test_a_short_body_cannot_stand_for_a_matrix_beyond_memory() -> None:
    shape = 10**12
    with pytest.raises(PayloadTooLarge, match="1 rows of 1,000,000,000,000 columns are too many"):
        matrix(KEYED.replace("[3]", f"[{shape}]"), width=shape)


def test_one_number_is_a_score_and_several_are_a_list() -> None:
    one = Table(np.array([[0.1], [np.nan], [np.inf]], dtype=np.float32))
    rows = '{"score": 0.1}, {"score": null}, {"score": null}'
    assert write(JSON, one) == f'{{"predictions": [{rows}]}}'
    two = Table(np.array([[0.1, 2]]))
    assert write(JSON, two) == '{"predictions": [{"score": [0.1, 2.0]}]}'
    assert write(LINES, two) == '{"score": [0.1, 2.0]}\n'
    features = Table(np.array([[5.0]]), key=FEATURES)
    assert write(JSON, features) == '{"instances": [{"features": [5.0]}]}'
    assert write(LINES, features) == '{"features": [5.0]}\n'


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=9))
def test_any_json_value_is_read_or_refused(value: object) -> None:
    for text in (json.dumps(value), json.dumps({"instances": value})):
        for read in (matrix, records):
            try:
                read(text)
            except TandemError as error:
                assert error.status < 500  # noqa: PT017 - either outcome is right


def write(content_type: str, table: Table) -> str:
    return codecs.find_encoder(content_type, JSON)[0].encode(table).decode()
