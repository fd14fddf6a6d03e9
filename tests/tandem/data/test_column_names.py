"""Columns by name: in any order where the model has names, and never a guess where it has none."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tandem import codecs
from tandem.data.column_names import hash_names
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Output, Table
from tandem.errors import BadData

NAMED = MatrixSchema(3, ("area", "rooms", "zone=A <b>"))
NAMELESS = MatrixSchema(3)
PARQUET, ARROW = "application/x-parquet", "application/vnd.apache.arrow.stream"
ROWS = [[60.5, 2.0, 1.0], [70.0, np.nan, 0.0]]


def columns(content_type: str, named: dict[str, list[Any]]) -> bytes:
    out = io.BytesIO()
    table = pa.table(named)
    if content_type == PARQUET:
        pq.write_table(table, out)
    else:
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
    return out.getvalue()


SHUFFLED: dict[str, list[Any]] = {
    "rooms": [2, None],
    "zone=A <b>": [1, 0],
    "area": [60.5, 70],
}
RECORDS = [dict(zip(SHUFFLED, row, strict=True)) for row in zip(*SHUFFLED.values(), strict=True)]
BODIES = {
    PARQUET: columns(PARQUET, SHUFFLED),
    ARROW: columns(ARROW, SHUFFLED),
    "application/json": json.dumps({"instances": RECORDS}).encode(),
    "application/jsonlines": "\n".join(map(json.dumps, RECORDS)).encode(),
    "text/csv": b"rooms,zone=A <b>,area\n2,1,60.5\n,0,70\n",
    "text/csv; header=present": b'rooms,"zone=A <b>",area\n2,1,60.5\n,0,70\n',
}


def read(schema: MatrixSchema, content_type: str, body: bytes) -> np.ndarray[Any, Any]:
    codec, parameters = codecs.find_decoder(content_type)
    return schema.read(codec.open_body(body, parameters)).numbers


@pytest.mark.parametrize("content_type", BODIES)
def test_named_columns_are_read_in_any_order(content_type: str) -> None:
    assert np.array_equal(read(NAMED, content_type, BODIES[content_type]), ROWS, equal_nan=True)


@pytest.mark.parametrize("content_type", [PARQUET, ARROW, "application/json", "text/csv"])
@pytest.mark.parametrize("trained", [("area", "rooms"), (" area", "rooms\t")])
@pytest.mark.parametrize("sent", [("rooms", "area"), (" area ", " rooms"), ("\trooms", "area")])
def test_blanks_around_names_make_no_difference_in_any_format(
    content_type: str, trained: tuple[str, str], sent: tuple[str, str]
) -> None:
    row = {name: 2 if "rooms" in name else 60.5 for name in sent}
    text = {
        "application/json": json.dumps(row).encode(),
        "text/csv": ",".join(row).encode() + b"\n" + ",".join(map(str, row.values())).encode(),
    }
    body = text.get(content_type) or columns(content_type, {k: [v] for k, v in row.items()})
    assert read(MatrixSchema(2, trained), content_type, body).tolist() == [[60.5, 2]]


def test_names_that_differ_by_blanks_alone_are_different() -> None:
    schema = MatrixSchema(2, ("area", " area"))
    assert read(schema, "application/json", b'{" area": 1, "area": 2}').tolist() == [[2, 1]]
    with pytest.raises(BadData, match="column ' area' is not there"):
        read(schema, "application/json", b'{"area": 1, "area ": 2}')


@pytest.mark.parametrize("schema", [NAMED, NAMELESS])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"60.5,2,1\n70,,0\n"),
        ("text/csv; header=absent", b"60.5,2,1\n70,,0\n"),
        ("application/json", b"[[60.5, 2, 1], [70, null, 0]]"),
        ("application/json", b'{"instances": [{"features": [60.5, 2, 1]}, [70, null, 0]]}'),
        ("text/libsvm", b"0:60.5 1:2 2:1\n0:70 2:0\n"),
    ],
)
def test_values_by_position_stay_as_they_are(
    schema: MatrixSchema, content_type: str, body: bytes
) -> None:
    assert np.array_equal(read(schema, content_type, body), ROWS, equal_nan=True)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"area,rooms,zone\n60.5,2,1\n"),
        ("application/json", b'{"area": 60.5, "rooms": 2, "zone": 1}'),
    ],
)
def test_a_model_without_names_refuses_them_rather_than_guess(
    content_type: str, body: bytes
) -> None:
    with pytest.raises(BadData, match="row 1: the row gives its values by name, and this model"):
        read(NAMELESS, content_type, body)


def test_a_declared_header_is_skipped_by_a_model_without_names() -> None:
    assert read(NAMELESS, "text/csv; header=present", b"a,b,c\n1,2,3\n").tolist() == [[1, 2, 3]]
    assert read(NAMELESS, PARQUET, BODIES[PARQUET])[0].tolist() == [2, 1, 60.5]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (
            "area,romms,zone=A <b>",
            "column 'rooms' is not there. The model does not know 'romms'; did you mean 'rooms'?",
        ),
        ("area,zone=A <b>", "column 'rooms' is not there. The model was trained with it."),
        ("zone=A <b>", "columns 'area' and 'rooms' are not there."),
        ("area,rooms,zone=A <b>,are", "column 'are' is not one the model knows; did you mean 'are"),
        ("area,rooms,zone=A <b>,x", "column 'x' is not one the model knows."),
    ],
)
def test_a_column_that_does_not_fit_is_refused_by_name(header: str, sentence: str) -> None:
    row = ",".join("1" for _ in header.split(","))
    names = header.split(",")
    bodies = {
        "text/csv": f"{header}\n{row}\n".encode(),
        "application/json": json.dumps([dict.fromkeys(names, 1)]).encode(),
        PARQUET: columns(PARQUET, {name: [1] for name in names}),
    }
    for content_type, body in bodies.items():
        with pytest.raises(BadData) as caught:
            read(NAMED, content_type, body)
        assert str(caught.value).startswith(sentence)


def test_a_column_given_twice_is_refused_by_name() -> None:
    with pytest.raises(BadData, match="the header names area more than once"):
        read(NAMED, "text/csv; header=present", b"area,rooms,area\n1,2,3\n")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"area,2,zone\n1,2,3\n", "row 1, column '1': a number is expected, and the value is a"),
        (b",rooms,zone\n1,2,3\n", "row 1, column '2': a number is expected, and the value is a"),
        (b"area,nan,zone\n1,2,3\n", "row 1, column '1': a number is expected, and the value is"),
        (b"area,rooms,zone=A <b>\n1,x,3\n", "row 2, column 'rooms': a number is expected, and"),
        (b"area,rooms,zone=A <b>\n", "there is no row below the header."),
    ],
)
def test_a_first_row_with_a_number_in_it_is_no_header(body: bytes, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        read(NAMED, "text/csv", body)
    assert str(caught.value).startswith(sentence)


TABLE = Table(
    np.array([[0.5, np.nan]], np.float32),
    label=np.array([3.0]),
    key=FEATURES,
    names=("price", 'a "b"', "c,d"),
)


@pytest.mark.parametrize(
    ("accept", "content_type", "body"),
    [
        ("text/csv", "text/csv", b"3.0,0.5,\n"),
        (
            "text/csv; header=present",
            "text/csv; header=present",
            b'price,"a ""b""","c,d"\n3.0,0.5,\n',
        ),
        ("text/csv; header=absent", "text/csv", b"3.0,0.5,\n"),
        (
            "application/json; names=present",
            "application/json; names=present",
            b'{"instances": [{"price": 3.0, "a \\"b\\"": 0.5, "c,d": null}]}',
        ),
        (
            "application/json",
            "application/json",
            b'{"instances": [{"features": [3.0, 0.5, null]}]}',
        ),
        (
            "image/png, application/jsonlines;names=present;q=0.5, text/csv;q=0.1",
            "application/jsonlines; names=present",
            b'{"price": 3.0, "a \\"b\\"": 0.5, "c,d": null}\n',
        ),
    ],
)
def test_texts_carry_names_when_asked_to(accept: str, content_type: str, body: bytes) -> None:
    encoder, named = codecs.find_encoder(accept, "text/csv")
    assert (named, encoder.encode(TABLE)) == (content_type, body)


def test_columns_carry_their_names_always() -> None:
    body = codecs.find_encoder(PARQUET, "text/csv")[0].encode(TABLE)
    found = pq.read_table(io.BytesIO(body)).to_pydict()
    assert found == {"price": [3.0], 'a "b"': [0.5], "c,d": [None]} or np.isnan(found["c,d"][0])
    assert list(found) == ["price", 'a "b"', "c,d"]


def test_named_outputs_are_columns_under_their_names() -> None:
    outputs = (Output("label", np.array([1.0])), Output("shares", np.array([[0.25, 0.75]])))
    table = Table(np.array([[0.75]]), outputs=outputs)
    found = pq.read_table(
        io.BytesIO(codecs.find_encoder(PARQUET, PARQUET)[0].encode(table))
    ).to_pydict()
    assert found == {"label": [1.0], "shares_0": [0.25], "shares_1": [0.75]}
    csv = codecs.find_encoder("text/csv;header=present", PARQUET)[0].encode(table)
    assert csv == b"label,shares_0,shares_1\n1.0,0.25,0.75\n"


def test_what_was_written_with_names_is_read_with_names() -> None:
    written = Table(np.array(ROWS, np.float32), key=FEATURES, names=("rooms", "area", "zone=A <b>"))
    for accept in ("text/csv; header=present", "application/json; names=present", PARQUET, ARROW):
        encoder, content_type = codecs.find_encoder(accept, PARQUET)
        found = read(NAMED, content_type, encoder.encode(written))
        assert np.array_equal(found, np.array(ROWS)[:, [1, 0, 2]], equal_nan=True)


def test_a_fingerprint_is_that_of_the_names_and_their_order() -> None:
    assert hash_names(("a", "b")) == hash_names(["a", "b"]) == "3554d2b8a1e34099"
    others = [("b", "a"), ("ab",), ("a,b",), ("a", "b", "")]
    assert hash_names(("a", "b")) not in map(hash_names, others)
