"""Bodies read in C give the tables of Python; those left to Python are refused as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.codecs import csv
from tandem.data.schema import compiled_schema
from tandem.data.schema.compiled_schema import CompiledSchema, compile_schema
from tandem.data.schema.fields import Field
from tandem.data.schema.known_texts import CodedTable
from tandem.data.schema.policies import Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.text.number_formats import NumberFormat
from tandem.data.text.record_lines import load_library
from tandem.errors import BadData

compiled = pytest.mark.skipif(load_library() is None, reason="made without a C compiler")
STRICT = {"out_of_range": "error", "unseen": "error"}
KNOWN = frozenset({None, "A", "é", " b", "7", 'q"q', "zone", "NA", "-999"})
SCHEMA = RecordSchema(
    fields=(
        Field("size", "number", Policy(low=-5.0, high=1e9)),
        Field("zone", "text", Policy(known=KNOWN)),
        Field("rooms", "number", Policy(STRICT, low=0.0, high=100.0, complete=True)),
        Field(
            "kind",
            "text",
            Policy(STRICT, known=frozenset({"A", "B", "3", "kind"})),
            one_spelling=True,
        ),
    ),
    layout=("size", "zone", "id", "rooms", "kind", "price"),
    label=Field("price", "number"),
    missing=frozenset({"", "NA", "-999"}),
    strip=True,
)
SCHEMAS = [
    SCHEMA,
    replace(SCHEMA, strip=False, missing=frozenset({"", " NA"})),
    replace(SCHEMA, label=None, layout=("size", "zone", "rooms", "kind")),
    replace(
        SCHEMA,
        fields=(
            *SCHEMA.fields[:2],
            Field("id", "text", Policy(complete=True), lower=True),
            *SCHEMA.fields[2:],
        ),
        strip=False,
    ),
]
LENIENT = replace(
    SCHEMA,
    fields=(
        Field("size", "number", Policy({"out_of_range": "limit"}, low=-5.0, high=1e9)),
        SCHEMA.fields[1],
        Field("rooms", "number", Policy({}, low=0.0, high=100.0, complete=True)),
        SCHEMA.fields[3],
    ),
)
PAIRS = [(schema, compile_schema(schema)) for schema in SCHEMAS]
ODD = [
    *("", " ", "NA", " NA", "-999", "nan", "inf", "1e400", "1_0", " 5", "5.", "+5", "-6", "1e10"),
    *("A", "a", "é", "b", " b", "7", "7.0", "3.0", "ü", '"A"', '"A,B"', 'q"q', "\ufeffA", "1,2"),
    *("size", "zone", "id", "rooms", "kind", "price", "\r", "\n", "\0", "1\0", "A\0", "\x85"),
]
USUAL = [["1", "zone", "id", "2", "kind"], ["-0", "A", "", "99.5", "B"], ["", "", "é", "0", "A"]]
BODIES = [b"%b", b"%b\n", b"%b\n\n", b"%b\n,,,,\n", b"%b\xff", b"1,A,\xff,1,A\n%b", b"\n%b"]
BODIES += [
    b"\xef\xbb\xbf%b",
    b"size,zone,id,rooms,kind\n%b",
    b'"size",zone ,"id","rooms","kind"\n%b\n',
    b"size,zone,id,kind,rooms\n%b",
    b"1,A,x,1,A\r\n%b\r\n",
    b"1,A,x,1,A\n%b",
]
PARAMETERS: list[dict[str, str]] = [{}, {"header": "absent"}, {"header": "present"}]


def describe(schema: RecordSchema, body: bytes, parameters: dict[str, str]) -> object:
    """Give all that a body is read to, or the sentence with which it is refused."""
    try:
        table = schema.read(csv.CODEC.open_body(body, parameters))
    except BadData as error:
        return str(error)
    columns = None if table.label is None else table.label.tobytes()
    counts = table.counts and {
        kind: dict(table.counts.rank_columns(kind)) for kind in table.counts.sum_by_kind()
    }
    return table.numbers.tobytes(), table.texts.tolist(), table.texts.shape, columns, counts


def list_rows() -> Iterator[list[str]]:
    """Yield usual rows, and each with one cell that is odd, or left out."""
    for row in USUAL:
        yield row
        for place in range(len(row)):
            yield row[:place] + row[place + 1 :]
            for cell in ODD:
                yield [*row[:place], cell, *row[place + 1 :]]


@pytest.mark.parametrize(("plain", "quick"), PAIRS)
def test_any_row_is_read_or_refused_alike(plain: RecordSchema, quick: CompiledSchema) -> None:
    for row in list_rows():
        cells = row if len(plain.layout) > 4 else row[:2] + row[3:]
        line = ",".join(cells).encode()
        for parameters in PARAMETERS:
            found = describe(quick, line, parameters)
            assert found == describe(plain, line, parameters), (cells, parameters)


@pytest.mark.parametrize(("plain", "quick"), PAIRS)
@given(st.lists(st.sampled_from(list(list_rows())), max_size=3), st.sampled_from(BODIES))
@settings(max_examples=50)
def test_any_body_is_read_or_refused_alike(
    plain: RecordSchema, quick: CompiledSchema, rows: list[list[str]], form: bytes
) -> None:
    body = form % "\n".join(map(",".join, rows)).encode()
    assert describe(quick, body, {}) == describe(plain, body, {})


@pytest.mark.parametrize(("plain", "quick"), [(LENIENT, compile_schema(LENIENT)), *PAIRS])
@given(
    st.lists(st.sampled_from(list(list_rows())), max_size=3),
    st.sampled_from(BODIES),
    st.sampled_from(["_MANY_BYTES", "_MOST_BYTES"]),
)
@settings(max_examples=50)
def test_a_large_body_with_numbers_out_of_range_is_read_alike(
    plain: RecordSchema, quick: CompiledSchema, rows: list[list[str]], form: bytes, size: str
) -> None:
    body = form % "\n".join(map(",".join, rows)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_schema, "_MANY_BYTES", 0)
        patch.setattr(compiled_schema, size, 0)
        assert describe(quick, body, {}) == describe(plain, body, {})


@compiled
def test_numbers_out_of_range_are_read_in_c_in_a_large_body() -> None:
    line = b"-6,A,x,101,B\n,A,x,,A\n"
    schema = compile_schema(LENIENT)
    small, large = (
        schema.read(csv.CODEC.open_body(line * count, {})) for count in (1, 4096 // len(line) + 1)
    )
    assert not isinstance(small, CodedTable)
    assert isinstance(large, CodedTable)
    assert large.numbers[:2].tobytes() == small.numbers.tobytes()
    assert large.counts is not None
    many = len(large) // 2
    assert large.counts.sum_by_kind() == {"out_of_range": 2 * many, "missing_value": many}


@compiled
def test_rows_below_a_header_are_read_in_c() -> None:
    schema = compile_schema(LENIENT)
    header = b'"size","zone","id","rooms","kind"\n'
    for rows in (b"1,A,x,99,B\n", b"1,A,x,101,B\n" * 400):
        table = schema.read(csv.CODEC.open_body(header + rows, {}))
        assert isinstance(table, CodedTable)
        assert len(table) == rows.count(b"\n")
    declared = csv.CODEC.open_body(header + rows, {"header": "absent"})
    with pytest.raises(BadData, match="row 1, column 'size'"):
        schema.read(declared)


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize(("plain", "quick"), PAIRS)
def test_the_ends_of_a_body_are_read_alike(
    plain: RecordSchema, quick: CompiledSchema, form: bytes
) -> None:
    for row in USUAL:
        cells = row if len(plain.layout) > 4 else row[:2] + row[3:]
        body = form % ",".join(cells).encode()
        assert describe(quick, body, {}) == describe(plain, body, {})


@compiled
@pytest.mark.parametrize(
    "body",
    [b"1,A,x,0,B", b"1.5e2,,x,3,A\n", "NA,é,,99.5,3\n-999, b,x,7,A\n".encode(), b"-0,7,9,1,A\n"],
)
def test_usual_rows_are_read_in_c(body: bytes) -> None:
    for schema in (PAIRS[0][1], PAIRS[3][1]):
        table = schema.read(csv.CODEC.open_body(body, {}))
        assert isinstance(table, CodedTable)
        assert table.codes is not None
        encoded = schema.known_texts.encode(table.texts)
        assert encoded is not None
        assert encoded.tolist() == table.codes.tolist()


@pytest.mark.parametrize(
    "schema",
    [
        replace(SCHEMA, missing=frozenset({"NA"})),
        replace(SCHEMA, layout=("size", "zone", "rooms", "kind", "7")),
        replace(SCHEMA, layout=("size", "zone", "rooms", "kind", "NA ")),
        replace(SCHEMA, layout=("kind", "size", "zone", "rooms")),
        replace(SCHEMA, fields=(Field("size", "number", format=NumberFormat(thousands=",")),)),
        replace(SCHEMA, fields=SCHEMA.fields[:1], layout=("size",)),
    ],
)
def test_columns_that_c_would_misread_are_left_to_python(schema: RecordSchema) -> None:
    assert compile_schema(schema).reader is None


def test_a_byte_order_mark_is_no_part_of_a_text() -> None:
    known = Policy(known=frozenset({"A", "\ufeffA"}))
    schema = RecordSchema((Field("a", "text", known), Field("b", "number")), ("a", "b"))
    body = csv.CODEC.open_body("\ufeffA,1\n".encode(), {})
    assert compile_schema(schema).read(body).texts.tolist() == [["A"]]
