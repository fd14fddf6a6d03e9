"""Numbers with currency, units, separators, percent and durations: every spelling and its value."""

from __future__ import annotations

import io
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tandem import codecs
from tandem.codecs.csv import CsvSource
from tandem.data.schema.fields import Field
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.text.float_conversion import read_number
from tandem.data.text.number_formats import UNREADABLE, NumberFormat
from tandem.errors import BadData

DOLLARS = NumberFormat(prefix="$", thousands=",", parentheses=True)
EUROS = NumberFormat(suffix="€", thousands=".", decimal=",")
MISSING = frozenset({"", "NA"})


@pytest.mark.parametrize(
    ("written", "cell", "value"),
    [
        (DOLLARS, "$1,234.50", 1234.5),
        (DOLLARS, "-$ 1,234", -1234),
        (DOLLARS, "$-5", -5),
        (DOLLARS, "($5)", -5),
        (DOLLARS, "($1,234,567.5)", -1234567.5),
        (DOLLARS, "1234.5", 1234.5),
        (DOLLARS, "12,34,567", 1234567),
        (DOLLARS, "$0,000", 0),
        (DOLLARS, "\N{MINUS SIGN}5", -5),
        (DOLLARS, "1e3", 1000),
        (EUROS, "1.234,50 €", 1234.5),
        (EUROS, "1.234\N{NO-BREAK SPACE}€", 1234),
        (EUROS, "0,123", 0.123),
        (NumberFormat(thousands=" ", decimal=","), "1\N{NARROW NO-BREAK SPACE}234,5", 1234.5),
        (NumberFormat(thousands="'"), "1\N{RIGHT SINGLE QUOTATION MARK}234", 1234),
        (NumberFormat(percent=True), "12.5 %", 0.125),
        (NumberFormat(percent=True), "-7%", -0.07),
        (NumberFormat(suffix="kg"), "50 kg", 50),
        (NumberFormat(suffix="kg"), "50", 50),
        (NumberFormat(suffix="years"), "1 year", 1),
        (NumberFormat(duration="h:mm"), "1:05", 3900),
        (NumberFormat(duration="m:ss"), "1:05", 65),
        (NumberFormat(duration="m:ss"), "1:02:03.5", 3723.5),
        (NumberFormat(duration="h:mm"), "0 days 00:00:01", 1),
        (NumberFormat(duration="h:mm"), "-1 days +23:59:59.000000001", -0.999999999),
        (NumberFormat(duration="h:mm"), "-0:30", -1800),
    ],
)
def test_a_cell_is_read_in_its_format(written: NumberFormat, cell: str, value: float) -> None:
    assert read_number(written.to_digits(cell)) == value


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        (DOLLARS, "1,23"),
        (DOLLARS, "0,123"),
        (DOLLARS, "1,234,5"),
        (DOLLARS, "--5"),
        (DOLLARS, "(-5)"),
        (DOLLARS, "(5"),
        (DOLLARS, "€5"),
        (DOLLARS, "$"),
        (DOLLARS, ""),
        (DOLLARS, "five"),
        (DOLLARS, "\N{ARABIC-INDIC DIGIT FIVE}"),
        (EUROS, "1234.5"),
        (NumberFormat(percent=True), "0.12"),
        (NumberFormat(suffix="kg"), "50 lb"),
        (NumberFormat(suffix="kg"), "(50)"),
        (NumberFormat(suffix="ms"), "5 m"),
        (NumberFormat(duration="h:mm"), "1:65"),
        (NumberFormat(duration="h:mm"), "3 days 1:05"),
        (NumberFormat(duration="h:mm"), "65"),
    ],
)
def test_a_cell_in_another_format_is_no_number(written: NumberFormat, cell: str) -> None:
    assert written.to_digits(cell) == UNREADABLE


FORMATS = st.builds(
    lambda separators, affix, parentheses: NumberFormat(
        thousands=separators[0], decimal=separators[1], parentheses=parentheses, **affix
    ),
    st.sampled_from([("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
    st.sampled_from(
        [{}, {"prefix": "$"}, {"suffix": "kg"}, {"prefix": "US$", "suffix": "m"}, {"percent": True}]
    ),
    st.booleans(),
)
DECIMALS = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=4)


def spelled(value: Decimal, written: NumberFormat) -> str:
    """Write a number in a format, as a spreadsheet would."""
    text = f"{abs(value):,f}".translate({ord(","): written.thousands, ord("."): written.decimal})
    text = f"{written.prefix}{text}"
    text += "%" if written.percent else f" {written.suffix}" if written.suffix else ""
    if value >= 0:
        return text
    return f"({text})" if written.parentheses else f"-{text}"


@given(FORMATS, DECIMALS)
def test_what_is_written_in_a_format_is_read_as_the_same_number(
    written: NumberFormat, value: Decimal
) -> None:
    expected = float(value / 100 if written.percent else value)
    assert read_number(written.to_digits(spelled(value, written))) == expected


@given(st.integers(-(10**9), 10**9), st.sampled_from(["h:mm", "m:ss"]))
def test_durations_as_pandas_writes_them_are_read_as_their_seconds(
    seconds: int, duration: str
) -> None:
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    text = f"{days} days {'+' if days < 0 else ''}{clock}"
    assert read_number(NumberFormat(duration=duration).to_digits(text)) == seconds


def test_missing_cells_stay_missing() -> None:
    assert DOLLARS.convert_cells(["", " NA ", "NaN", "$5"], MISSING) == ["", "NA", "NaN", "5"]
    assert math.isnan(read_number("NaN"))


@pytest.mark.parametrize("rows", [1, 20])
def test_a_schema_reads_columns_in_their_formats(rows: int) -> None:
    schema = RecordSchema(
        (Field("price", "number", format=DOLLARS), Field("area", "number")),
        ("price", "area", "sold"),
        label=Field("sold", "number", format=EUROS),
        missing=MISSING,
    )
    body = 'price,area,sold\n"($1,234)",5,"1.234,5 €"\n' + '"$2,000",6,"7 €"\n' * (rows - 1)
    table = schema.read(CsvSource(body.encode()))
    assert table.numbers.tolist() == [[-1234, 5]] + [[2000, 6]] * (rows - 1)
    assert table.label is not None
    assert table.label.tolist() == [1234.5] + [7] * (rows - 1)
    sentence = r"row 3, column 'price': a number written like '\(\$1,234.5\)' is expected"
    with pytest.raises(BadData, match=sentence):
        schema.read(CsvSource(b"price,area\n$1,5\n1.234 \xe2\x82\xac,5\n"))


EUROPEAN = RecordSchema((Field("price", "number", format=EUROS),), ("price", "sold"))


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        (
            "application/json",
            b'[{"price": 1.234}, {"price": "1.234"}, {"price": 1234}]',
            [1.234, 1234, 1234],
        ),
        (
            "application/json",
            b'[[1.234, 0], ["1.234 \xe2\x82\xac", 0], [-1.5e-3, 0]]',
            [1.234, 1234, -0.0015],
        ),
        ("application/jsonlines", b'{"price": 1.234}\n{"price": null}\n', [1.234, math.nan]),
    ],
    ids=["objects", "lists", "lines"],
)
def test_a_number_of_json_is_that_number(
    content_type: str, body: bytes, expected: list[float]
) -> None:
    codec, parameters = codecs.find_decoder(content_type)
    table = EUROPEAN.read(codec.open_body(body, parameters, None))
    assert np.array_equal(table.numbers[:, 0], expected, equal_nan=True)


def test_a_column_of_numbers_is_those_numbers_and_one_of_texts_is_in_the_format() -> None:
    for column, value in (
        (pa.array([1.234]), 1.234),
        (pa.array([Decimal("1.234")]), 1.234),
        (pa.array([1234]), 1234),
        (pa.array(["1.234"]), 1234),
    ):
        file = io.BytesIO()
        parquet.write_table(pa.table({"price": column}), file)
        codec, parameters = codecs.find_decoder("application/x-parquet")
        table = EUROPEAN.read(codec.open_body(file.getvalue(), parameters, None))
        assert table.numbers.tolist() == [[value]]
    file = io.BytesIO()
    np.save(file, np.array([[1.234, 0]]))
    codec, parameters = codecs.find_decoder("application/x-npy")
    assert EUROPEAN.read(codec.open_body(file.getvalue(), parameters, None)).numbers.tolist() == [
        [1.234]
    ]


@pytest.mark.parametrize(
    "written", [NumberFormat(percent=True), NumberFormat(duration="m:ss")], ids=str
)
def test_a_number_is_no_percentage_and_no_duration(written: NumberFormat) -> None:
    schema = RecordSchema((Field("share", "number", format=written),), ("share",))
    codec, parameters = codecs.find_decoder("application/json")
    with pytest.raises(BadData, match="a number written like"):
        schema.read(codec.open_body(b'[{"share": 0.5}]', parameters, None))
