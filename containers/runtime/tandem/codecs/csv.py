"""Comma-separated values (RFC 4180): UTF-8, an empty field is missing, numbers are exact.

Numbers are written with the fewest digits that read back to the identical value, nine at most for
float32, seventeen for float64.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.codecs import _instances as instances
from tandem.codecs._file_parts import FilePart, split_lines
from tandem.data.arrays import FloatArray
from tandem.data.schema.row_source import LineSource
from tandem.data.tables import NoRow, Records, Table, list_titles
from tandem.data.text import csv_dialect, fast_floats, header_row
from tandem.data.text.csv_dialect import Dialect
from tandem.data.text.float_conversion import (
    BOOLEANS,
    EMPTY_IS_MISSING,
    format_numbers,
    read_numbers,
)
from tandem.errors import BadData, Location, UnsupportedContentType
from tandem.io.streams import Stream

_HEADERS = (None, "present", "absent")
# A boolean alone in its cell.
_BOOLEAN = re.compile(rb"(?<![^,\n])[ \t]*(?:(true)|false)[ \t]*(?=[,\r\n]|\Z)", re.IGNORECASE)
_EMPTY_FIRST_LINE = (b"\n", BOM_UTF8 + b"\n")
# A cell may be as long as the body: an article among its features has more than 131,072 characters,
# where the module `csv` stops by default.
csv.field_size_limit((1 << 31) - 1)


@dataclass(frozen=True)
class CsvSource(LineSource):
    """A CSV body; `header` is the media type parameter, `present`, `absent` or None.

    With None, a first row without a number and without an empty cell is the header: it could not be
    read as numbers. `lines_above` lines of the file precede the body.
    """

    body: bytes
    header: str | None = None
    file: str | None = None
    lines_above: int = 0

    @property
    def first_line(self) -> bytes:
        """The first line without byte order mark and line break."""
        return self.body[: self._first_end].rstrip(b"\r\n").removeprefix(BOM_UTF8)

    @property
    def lines(self) -> bytes | None:
        """The body, unless its header is declared or it begins with a byte order mark."""
        named = self.header == "present" or self.body.startswith(BOM_UTF8)
        return None if named else self.body

    @property
    def may_have_header(self) -> bool:
        """Whether the first of the lines may hold column names."""
        return self.header is None

    @property
    def text(self) -> str:
        """The body as text. Raises BadData when it is not UTF-8."""
        return self._decode(self.body)

    def parse(self) -> None:
        """Read plain numbers already; anything else is for `read_matrix`."""
        _ = self._plain_matrix

    def read_matrix(self, width: int | None = None) -> FloatArray:  # noqa: ARG002 - rows say it
        """Read numbers of shape (rows, columns). Raises BadData naming row and column."""
        matrix = self._plain_matrix
        if matrix is None:
            matrix = (
                self._read_below_header() if self.names is not None else self._read_with_booleans(0)
            )
        return self._read_by_cell() if matrix is None else matrix

    def _read_below_header(self) -> FloatArray | None:
        width = len(self.names or ())
        if not width or b"\r" in self._top:  # the header may end before the line break
            return None
        matrix = fast_floats.read_matrix(self.body[self._first_end :], width)
        return self._read_with_booleans(self._first_end) if matrix is None else matrix

    def _read_with_booleans(self, start: int) -> FloatArray | None:
        """Read the rows from a byte offset, true as 1, false as 0; None when there is neither."""
        plain, count = _BOOLEAN.subn(_to_digit, self.body[start:])
        width = self.body.count(b",", 0, self._first_end) + 1
        return fast_floats.read_matrix(plain, width) if count else None

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """The column names of the header; None without a header."""
        if self.header == "absent" or self._plain_matrix is not None:
            return None
        first = tuple(cell.strip() for cell in self._first)
        named = self.header == "present" or (all(map(_is_word, first)) and _are_unique(first))
        return first if named else None

    @property
    def ordered(self) -> bool:
        """Whether columns may be read by position: not below an undeclared header."""
        return self.names is None or self.header == "present"

    def read_records(self, width: int | None = None) -> Records:  # noqa: ARG002 - rows say it
        """Read raw rows. Raises BadData when rows differ in length."""
        rows = self._check_widths(self._split_rows() if self._is_plain() else self._parse_rows())
        if self.header == "present":
            return Records(rows[1:], tuple(rows[0]), self.file, first_row=2 + self.lines_above)
        header = self.header != "absent"
        return Records(rows, file=self.file, first_row=1 + self.lines_above, header=header)

    @cached_property
    def _plain_matrix(self) -> FloatArray | None:
        """The body as plain numbers, shape (rows, columns); None when it is anything else."""
        if self.header == "present":
            return None
        return fast_floats.read_matrix(self.body, self.body.count(b",", 0, self._first_end) + 1)

    @cached_property
    def _first_end(self) -> int:
        return self.body.find(b"\n") + 1 or len(self.body)

    @property
    def _top(self) -> bytes:
        return self.body[: self._first_end].removesuffix(b"\n").removesuffix(b"\r")

    @property
    def _first(self) -> Sequence[str]:
        line = self._top
        if b'"' in line or b"\r" in line:
            return self._rows[0] if self._rows else ()
        return self._decode(line).split(",")

    @cached_property
    def _rows(self) -> list[list[str]]:
        return self._split_rows() if b'"' not in self.body else self._parse_rows()

    def _decode(self, body: bytes) -> str:
        try:
            return body.removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError as error:
            row = body.count(b"\n", 0, error.start) + self.lines_above + 1
            raise BadData(
                "is not UTF-8 text",
                where=Location(self.file, row),
                remedy=csv_dialect.suggest_charset(body),
            ) from error

    def _is_plain(self) -> bool:
        """Return True when splitting at newlines and commas gives what the module `csv` would."""
        return not (
            self.body == BOM_UTF8
            or self.body.startswith(_EMPTY_FIRST_LINE)
            or b'"' in self.body
            or b"\r" in self.body
            or b"\n\n" in self.body
        )

    def _split_rows(self) -> list[list[str]]:
        text = self._decode(self.body).removesuffix("\n").removesuffix("\r")
        return [line.removesuffix("\r").split(",") for line in text.split("\n")]

    def _parse_rows(self) -> list[list[str]]:
        try:
            return list(csv.reader(io.StringIO(self._decode(self.body), newline=""), strict=True))
        except csv.Error as error:
            raise BadData(f"is not well-formed CSV ({error})", where=Location(self.file)) from error

    def _check_widths(self, rows: list[list[str]]) -> list[list[str]]:
        """Return the rows without blank ones at the end. Raises BadData for unequal lengths."""
        if not rows or not self.body.strip():
            raise NoRow("is empty", where=Location(self.file), remedy="Give it one row at least")
        width = len(rows[0])
        for index, row in enumerate(rows):
            if len(row) != width:
                if width > 1 and not any(map(str.strip, chain.from_iterable(rows[index:]))):
                    return rows[:index]
                empty = not row or row == [""]
                what = f"has {len(row)} columns, and the first has {width}"
                raise BadData(
                    f"the row {'is empty' if empty else what}",
                    where=Location(self.file, index + self.lines_above + 1),
                    remedy=csv_dialect.suggest_dialect(rows)
                    or header_row.explain_extra_column(row, rows[0]),
                )
        return rows

    def _read_by_cell(self) -> FloatArray:
        rows = self._check_widths(self._rows)
        columns = len(rows[0])
        if self.names is not None:
            rows = rows[1:]
        if not rows:
            raise NoRow("there is no row below the header", where=Location(self.file))
        first = (1 if self.names is None else 2) + self.lines_above

        def where(index: int) -> Location:
            row, column = divmod(index, columns)
            title = str(column + 1) if self.names is None else self.names[column]
            return Location(self.file, row + first, title)

        try:
            cells = [cell for row in rows for cell in row]
            values = read_numbers(cells, EMPTY_IS_MISSING, where, booleans=True)
        except BadData as error:
            error.remedy = error.remedy or csv_dialect.suggest_dialect(rows)
            bare = self.header is None and self.names is None
            if bare and error.where.row == first and not error.remedy:
                error.remedy = header_row.explain_no_header([cell.strip() for cell in rows[0]])
            raise
        return np.array(values, dtype=np.float64).reshape(len(rows), columns)


class _Csv:
    media_types: tuple[str, ...] = ("text/csv",)
    aliases: tuple[str, ...] = ("csv", "application/csv")
    border: bytes | None = b"\n"
    reads: str = (
        "RFC 4180, UTF-8; the label first in training; an empty field is missing; a first row"
        " without a number or an empty field is a header, by which columns are found in any order;"
        " `text/csv; header=present` or `absent` settles it; `delimiter=semicolon`, `tab`, `pipe`"
        " or `space`, `decimal=comma`, and `charset=latin-1`, `utf-16` or others may be declared"
    )
    writes: str = (
        "one line a row, the label first where there is one; a named output that is a list stands"
        ' as `"[0.25, 0.75]"`; with `text/csv; header=present` a header row, and a column each'
    )
    naming: str = "header=present"

    def open_body(
        self, body: bytes, parameters: Mapping[str, str], file: str | None = None
    ) -> CsvSource:
        if not parameters:
            return CsvSource(body, None, file)
        header, dialect = _parse_parameters(parameters)
        if dialect == csv_dialect.PLAIN:
            return CsvSource(body, header, file)
        return _rewrite(dialect.decode(body, file), dialect, header, file)

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        header, dialect = _parse_parameters(parameters)
        for before, body in split_lines(dialect.to_utf8(stream, file), quoted=True):
            try:
                source = CsvSource(body, header, file)
                if dialect != csv_dialect.PLAIN:
                    source = _rewrite(source.text, dialect, header, file)
            except BadData as error:
                error.shift_rows(before)
                raise
            yield FilePart(before, source, source.lines_above + (0 if source.names is None else 1))
            header = "absent"

    def encode(self, table: Table) -> bytes:
        if not len(table):
            return b""
        if table.outputs:
            return _join_columns([_format_output(output.values) for output in table.outputs])
        return _write_body(table)

    @property
    def named(self) -> _CsvWithHeader:
        return _CsvWithHeader()


def _parse_parameters(parameters: Mapping[str, str]) -> tuple[str | None, Dialect]:
    """Return the parameter `header` of a content type, and its dialect."""
    header = parameters.get("header", "").lower() or None
    if header not in _HEADERS:
        raise UnsupportedContentType(
            f"header={header[:20]!r} is not read here",
            remedy="Write header=present or header=absent",
        )
    return header, csv_dialect.parse_dialect(parameters)


def _rewrite(text: str, dialect: Dialect, header: str | None, file: str | None) -> CsvSource:
    """Rewrite a text of a dialect as a body of plain CSV."""
    below = dialect.skip_sep_line(text, file)
    if below is None:
        return CsvSource(dialect.to_plain(text, file), header, file)
    try:
        return CsvSource(dialect.to_plain(below, file), header, file, lines_above=1)
    except BadData as error:
        error.shift_rows(1)
        raise


class _CsvWithHeader:
    def encode(self, table: Table) -> bytes:
        head = ",".join(map(_quote, list_titles(table))).encode() + b"\n"
        return head + _write_body(table) if len(table) else head


def _write_body(table: Table) -> bytes:
    plain = not table.outputs and not table.texts.size and table.numbers.shape[1]
    lines = fast_floats.write_lines(table.numbers) if plain else None
    if lines is None:
        return _join_columns([_format_column(column) for column in table.list_columns()])
    if table.label is None:
        return lines + b"\n"
    return _join_columns([_format_column(table.label), lines.decode().split("\n")])


def _join_columns(columns: Sequence[Sequence[str]]) -> bytes:
    return ("\n".join(map(",".join, zip(*columns, strict=True))) + "\n").encode()


def _is_word(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return bool(cell) and cell.lower() not in BOOLEANS
    return False


def _to_digit(match: re.Match[bytes]) -> bytes:
    return b"1" if match[1] else b"0"


def _are_unique(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


def _format_output(values: NDArray[Any]) -> list[str]:
    if values.ndim == 1:
        return _format_column(values)
    quoted = (text.replace('"', '""') for text in instances.format_lists(values))
    return [f'"{text}"' for text in quoted]


def _format_column(column: NDArray[Any]) -> list[str]:
    return (
        [_quote(value) for value in column]
        if column.dtype == np.object_
        else format_numbers(column)
    )


def _quote(value: str | None) -> str:
    if value is None:
        return ""
    if any(mark in value for mark in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


CODEC = _Csv()
