"""CSV dialects: delimiters other than the comma, decimal commas, charsets other than UTF-8.

A dialect must be declared in the content type. The text is then rewritten as plain CSV (commas,
decimal points, UTF-8). An undeclared dialect is never guessed: the error suggests what to declare.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tandem.errors import BadData, Location, UnsupportedContentType, join_words
from tandem.io.streams import Stream

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
DECIMALS = {"point": ".", "comma": ","}
PARAMETERS = ("delimiter", "decimal", "charset")
_NAMES = {mark: name for name, mark in DELIMITERS.items()}
_OTHER_WORDS = {
    **dict.fromkeys(("sep", "separator", "delim", "field-delimiter"), "delimiter"),
    **dict.fromkeys(("encoding", "character-set"), "charset"),
    **dict.fromkeys(("decimal-separator", "decimal-point"), "decimal"),
}
# Text encodings of Python that are no charsets of files.
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
_SEP = re.compile(r"sep=(.)(?:\r?\n|\Z)", re.IGNORECASE)
_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
_NUMBER = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?")
_QUOTED = re.compile(r'["\r\n]')
_THOUSANDS = re.compile(r"\s*[+-]?[0-9]{1,3},[0-9]{3}\s*")
_SIZE = 1 << 16


@dataclass(frozen=True)
class Dialect:
    """The delimiter, decimal mark and charset of a CSV text; the defaults are plain CSV."""

    delimiter: str = ","
    decimal: str = "."
    charset: str = "utf-8"

    def decode(self, body: bytes, file: str | None) -> str:
        """Decode a body without its byte order mark. Raises BadData for another charset."""
        try:
            return body.decode(self.charset).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise BadData(
                f"is not text in the charset {self.charset}", where=Location(file)
            ) from error

    def to_utf8(self, stream: Stream, file: str | None) -> Stream:
        """Return the stream recoded to UTF-8."""
        return stream if self.charset == "utf-8" else _RecodedStream(stream, self, file)

    def to_plain(self, text: str, file: str | None) -> bytes:
        """Rewrite whole lines as plain CSV.

        Raises BadData when a number has a decimal point where commas are declared, or when the text
        is not well-formed CSV.
        """
        if self.decimal == "." and '"' not in text and (self.delimiter == "," or "," not in text):
            return text.replace(self.delimiter, ",").encode()
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        lines: list[str] = []
        try:
            for row in reader:
                if self.decimal != ".":
                    _set_points(row, Location(file, len(lines) + 1))
                lines.append(_join_row(row))
        except csv.Error as error:
            raise BadData(f"is not well-formed CSV ({error})", where=Location(file)) from error
        return "\n".join([*lines, ""]).encode()

    def skip_sep_line(self, text: str, file: str | None) -> str | None:
        """Return the text below a first line `sep=;`; None without such a line.

        Raises BadData when that line names another delimiter than the content type.
        """
        match = _SEP.match(text)
        if match is None:
            return None
        if match[1] != self.delimiter:
            raise BadData(
                f"the line '{match[0].strip()}' names another delimiter than the content type",
                where=Location(file, 1),
                remedy=_declare(f"delimiter={name_delimiter(match[1])}"),
            )
        return text[match.end() :]


PLAIN = Dialect()


def _set_points(row: list[str], where: Location) -> None:
    """Replace the decimal commas of a row by points, in place.

    Raises BadData when a number has a point, which could separate thousands or decimals.
    """
    for index, cell in enumerate(row):
        if "," in cell and _DECIMAL.fullmatch(cell):
            row[index] = cell.replace(",", ".")
        elif "." in cell and _DECIMAL.fullmatch(cell.replace(".", ",")) and "," not in cell:
            raise BadData(
                "a number has a decimal point, and the content type says decimal=comma",
                where=where,
                remedy="Write it with a comma, or declare decimal=point",
            )


def _join_row(row: list[str]) -> str:
    if row == [""]:
        return '""'
    line = ",".join(row)
    if line.count(",") == len(row) - 1 and not _QUOTED.search(line):
        return line
    return ",".join(map(_quote, row))


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if "," in cell or _QUOTED.search(cell) else cell


class _RecodedStream:
    def __init__(self, stream: Stream, dialect: Dialect, file: str | None) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(dialect.charset)()
        self._dialect = dialect
        self._file = file
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        """Return about `size` bytes, the rest when negative, and no bytes at the end."""
        pieces: list[bytes] = []
        while not self._ended and (size < 0 or not any(pieces)):
            data = self._stream.read(_SIZE if size < 0 else size)
            self._ended = not data
            try:
                pieces.append(self._decoder.decode(data, final=self._ended).encode())
            except UnicodeDecodeError as error:
                what = f"is not text in the charset {self._dialect.charset}"
                raise BadData(what, where=Location(self._file)) from error
        return b"".join(pieces)

    def seekable(self) -> bool:
        """Return False: the stream is read forwards only."""
        return False


def parse_dialect(parameters: Mapping[str, str]) -> Dialect:
    """Parse the parameters of the content type text/csv.

    Raises UnsupportedContentType when a parameter or its value is unsupported.
    """
    if not parameters.keys() & _OTHER_WORDS.keys():
        return _make_dialect(*map(parameters.get, PARAMETERS))
    word = min(parameters.keys() & _OTHER_WORDS.keys())
    raise UnsupportedContentType(
        f"text/csv has no parameter {word!r}", remedy=f"Write {_OTHER_WORDS[word]}= instead"
    )


@lru_cache(64)
def _make_dialect(delimiter: str | None, decimal: str | None, charset: str | None) -> Dialect:
    return Dialect(
        _parse_mark("delimiter", delimiter, DELIMITERS) if delimiter is not None else ",",
        _parse_mark("decimal", decimal, DECIMALS) if decimal is not None else ".",
        _parse_charset(charset) if charset is not None else "utf-8",
    )


def _parse_mark(parameter: str, text: str, marks: Mapping[str, str]) -> str:
    mark = marks.get(text.lower(), text)
    if mark in marks.values():
        return mark
    raise UnsupportedContentType(
        f"{parameter}={text[:20]!r} is not read here",
        remedy=f"Write {join_words([f'{parameter}={name}' for name in marks], 'or')}",
    )


def _parse_charset(text: str) -> str:
    try:
        name = codecs.lookup(text).name
        "1".encode(name)
    except (LookupError, ValueError):
        name = ""
    if not name or name in _NO_CHARSETS:
        raise UnsupportedContentType(
            f"charset={text[:40]!r} is not read here",
            remedy="Write charset=utf-8, latin-1, windows-1252 or utf-16",
        )
    return "utf-8" if name in {"ascii", "utf-8-sig"} else name


def name_delimiter(mark: str) -> str:
    """Return the name of a delimiter, as the content type has it: `semicolon` for `;`."""
    return _NAMES.get(mark, mark)


def suggest_dialect(rows: Sequence[Sequence[str]]) -> str:
    """Return a sentence that suggests which dialect to declare, or an empty string.

    `rows` are the first rows of the text, split at commas.
    """
    lines = [",".join(row) for row in rows[:4] if any(map(str.strip, row))]
    if not lines:
        return ""
    first = _SEP.match(lines[0])
    if first:
        return _declare(
            f"delimiter={name_delimiter(first[1])}{_suggest_comma(lines[1:], first[1])}"
        )
    marks = [mark for mark in ";\t|" if _divides(mark, lines)]
    if not marks and _divides(" ", lines) and all(map(_has_numbers, lines[1:] or lines)):
        marks = [" "]
    if marks:
        mark = max(marks, key=lines[0].count)
        return _declare(f"delimiter={name_delimiter(mark)}{_suggest_comma(lines, mark)}")
    cells = [cell for row in rows[:4] for cell in row]
    if any(_is_decimal(cell) and not _THOUSANDS.fullmatch(cell) for cell in cells):
        return _declare("decimal=comma")
    return ""


def _divides(mark: str, lines: Sequence[str]) -> bool:
    """Return whether a mark divides all lines alike, and leaves no comma but in numbers."""
    counts = {line.count(mark) for line in lines}
    cells = [cell for line in lines for cell in line.split(mark)]
    return 0 not in counts and len(counts) == 1 and not any(map(_has_commas, cells))


def _has_numbers(line: str) -> bool:
    """Return True when a line split at spaces has numbers only: words are also split by spaces."""
    return all(_NUMBER.fullmatch(cell) for cell in line.strip().split(" "))


def _has_commas(cell: str) -> bool:
    return "," in cell and not _is_decimal(cell)


def _suggest_comma(lines: Sequence[str], delimiter: str) -> str:
    cells = (cell for line in lines for cell in line.split(delimiter))
    return "; decimal=comma" if delimiter != "," and any(map(_is_decimal, cells)) else ""


def _is_decimal(cell: str) -> bool:
    return _DECIMAL.fullmatch(cell.replace('"', "")) is not None


def suggest_charset(body: bytes) -> str:
    """Return a sentence that suggests which charset to declare for a body that is not UTF-8."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body[:_SIZE]:
        return _declare("charset=utf-16") + ", or save it as UTF-8"
    return _declare("charset=latin-1") + " or windows-1252, or save it as UTF-8"


def _declare(parameters: str) -> str:
    return f"Declare the content type 'text/csv; {parameters}'"
