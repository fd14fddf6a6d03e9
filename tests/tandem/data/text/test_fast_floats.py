"""Numbers in bulk are those that are read one by one, to the bit, and so are the complaints."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tandem.codecs.csv import CsvSource
from tandem.data.arrays import FloatArray
from tandem.data.text import decimals, fast_floats
from tandem.data.text.float_conversion import read_number, read_numbers
from tandem.errors import BadData, Location

# Half-way between two floats and beside it, next to the ends of the range, longer than 64 bits,
# and what only one of Python and JSON reads, or each in its own way.
HARD = [
    "9007199254740993",
    "9007199254740992.999999999999999999999",
    "2.2250738585072011e-308",
    "2.4703282292062327208299439634110e-324",
    "2.4703282292062327208e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "1e400",
    "-1e999",
    "1" * 400,
    "1e-999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0.1e1",
    "1E5",
    "1e+5",
    "-0",
    "-0 ",
    " -0",
    "-0.0",
    "-0e3",
    "0e0",
    "00",
    "007",
    "+1",
    ".5",
    "5.",
    "-.5",
    "1_000",
    "0x10",
    "0x1p3",
    "1e",
    "--1",
    "- 1",
    "1 2",
    " ",
    "",
    "\t1",
    "inf",
    "-Infinity",
    "nan",
    "NaN",
    "NA",
    "null",
    "true",
    "[1]",
    "],[",
    '"1"',
    '"1,5"',
    "١٢",
    "1\u00a0",
    "1\r",
]
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)
WRITTEN = (
    FLOATS.map(repr)
    | SINGLES.map("%.9g".__mod__)
    | FLOATS.map("%.25e".__mod__)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str)
    | st.integers().map(str)
)
CELLS = WRITTEN | st.just("")
STRANGE = CELLS | st.sampled_from(HARD) | st.text('0123456789.,-+eE \n\r_[]"', max_size=6)


@st.composite
def bodies(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> str:
    """Lines of cells, mostly of one length."""
    width = draw(st.integers(1, 4))
    row = st.lists(cell, min_size=width, max_size=width) | st.lists(cell, min_size=1, max_size=5)
    lines = [",".join(cells) for cells in draw(st.lists(row, min_size=1, max_size=5))]
    head = draw(st.sampled_from(["", "", "a,b\n", "\ufeff", "1,2\n", "\n"]))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return head + ending.join(lines) + draw(st.sampled_from(["", "\n", "\r\n", "\r"]))


def read(body: bytes, header: str | None) -> str | tuple[object, ...]:
    """Give what a body says, to the bit, or the sentence that refuses it."""
    source = CsvSource(body, header, "a.csv")
    try:
        values = source.read_matrix()
    except BadData as error:
        return str(error)
    return source.names, values.shape, values.dtype, bits(values)


def bits(values: FloatArray) -> list[int | None]:
    """Give the bits of numbers; a NaN has many and is none."""
    flat = values.ravel().tolist()
    return [None if math.isnan(x) else struct.unpack("<q", struct.pack("<d", x))[0] for x in flat]


@pytest.fixture(autouse=True, scope="module", params=["C", "orjson"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read with what was compiled, and as where nothing was."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "orjson":
            patch.setattr(decimals, "_LIBRARY", None)
        yield


@settings(max_examples=300)
@given(bodies(STRANGE), st.sampled_from([None, "present", "absent"]))
@example('\r0"', None)
@example('\r\r""', "present")
@example('"e"\r5\n50', "present")
@example('-ae.5"\rf1\n1', None)
@example('-".\r\r\n0', None)
def test_a_body_says_the_same_in_bulk_and_cell_by_cell(text: str, header: str | None) -> None:
    body = text.encode()
    quick = read(body, header)
    with pytest.MonkeyPatch.context() as off:
        off.setattr(fast_floats, "read_matrix", lambda _lines, _width: None)
        off.setattr(fast_floats, "read_column", lambda _cells: None)
        assert quick == read(body, header)


@settings(max_examples=200)
@given(bodies(STRANGE), st.sampled_from([None, "present", "absent"]))
@example("\ufeff", None)
@example("\ufeff\n1", None)
def test_raw_rows_are_those_of_pythons_own_reader(text: str, header: str | None) -> None:
    plain = raw(text.encode(), header)
    with pytest.MonkeyPatch.context() as off:
        off.setattr(CsvSource, "_is_plain", lambda _self: False)
        assert plain == raw(text.encode(), header)


def raw(body: bytes, header: str | None) -> str | tuple[object, ...]:
    """Give a body's cells, or the sentence that refuses it."""
    try:
        found = CsvSource(body, header, "a.csv").read_records()
    except BadData as error:
        return str(error)
    return found.names, found.first_row, [list(row) for row in found.rows]


@pytest.mark.parametrize("cell", HARD)
def test_a_hard_cell_is_what_python_reads_or_none_of_ours(cell: str) -> None:
    found = fast_floats.read_matrix(f"1,{cell}\n2.5,3".encode(), 2)
    if found is not None:
        assert bits(found[:1]) == bits(np.array([1, read_number(cell.strip())]))


@given(st.lists(st.lists(WRITTEN, min_size=3, max_size=3), min_size=1, max_size=6))
def test_usual_numbers_are_read_in_bulk(rows: list[list[str]]) -> None:
    found = fast_floats.read_matrix("\r\n".join(map(",".join, rows)).encode(), 3)
    assert found is not None
    assert bits(found) == bits(np.array([[float(cell) for cell in row] for row in rows]))


def test_empty_cells_are_missing_wherever_they_stand() -> None:
    found = fast_floats.read_matrix(b",1,,\n,,,\n2,,,-0\n-0,0,-0.5,\n", 4)
    assert found is not None
    zero = bits(np.array([0.0, -0.0, -0.5]))
    one, two = bits(np.array([1.0, 2.0]))
    expected = [None, one, None, None, *[None] * 4, two, None, None, zero[1]]
    assert bits(found) == [*expected, zero[1], zero[0], zero[2], None]


def test_a_long_body_is_read_in_runs_that_join() -> None:
    values = np.random.default_rng(0).normal(size=(20_000, 3))
    values[::7, 0] = np.nan
    lines = [",".join("" if x != x else repr(x) for x in row) for row in values.tolist()]  # noqa: PLR0124
    body = "\n".join(lines).encode()
    found = fast_floats.read_matrix(body, 3)
    assert found is not None
    assert bits(found) == bits(values)
    assert fast_floats.read_matrix(body + b"\n1,2", 3) is None
    with pytest.raises(BadData, match="row 20001: the row has 2 columns, and the first has 3"):
        CsvSource(body + b"\n1,2", file="a.csv").read_matrix()


MISSING = [{""}, {"", "NA"}, {"", "-999", "0"}, {"NA", "?"}, set()]


@settings(max_examples=200)
@given(
    st.lists(CELLS | st.sampled_from(["NA", " NA ", "-999", "0", "0.0", "?", "7"]), min_size=20)
    | st.lists(STRANGE, min_size=20),
    st.sampled_from(list(map(frozenset, MISSING))),
)
def test_a_column_says_the_same_in_bulk_and_cell_by_cell(
    cells: list[str], missing: frozenset[str]
) -> None:
    quick = outcome(cells, missing)
    with pytest.MonkeyPatch.context() as off:
        off.setattr(fast_floats, "read_column", lambda _cells: None)
        assert quick == outcome(cells, missing)


def test_a_number_that_means_missing_is_missing() -> None:
    cells = ["-999", " -999 ", "-999.0", "0", "NA", ""] * 4
    assert outcome(cells, frozenset({"", "NA", "-999"})) == [
        *[None, None, *bits(np.array([-999.0, 0.0])), None, None] * 4
    ]


def outcome(cells: Sequence[str], missing: frozenset[str]) -> str | list[int | None]:
    """Give a column's numbers, to the bit, or the sentence that refuses one."""
    try:
        return bits(np.array(read_numbers(cells, missing, lambda index: Location(row=index + 1))))
    except BadData as error:
        return str(error)


def test_a_column_of_articles_is_no_column_of_numbers() -> None:
    """Each line would be a row of as many cells as there are articles: terabytes of them."""
    assert fast_floats.read_column(["1\n" * 10_000] * 10_000) is None
    assert fast_floats.read_column(["1\n", "2"]) is None
