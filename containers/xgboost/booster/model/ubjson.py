"""Reads and writes UBJSON as far as XGBoost does (ubjson.org, draft 12).

Its arrays of numbers are read as they lie there, so that a model's trees cost nearly nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

_NUMBERS: Final = {
    ord(marker): np.dtype(kind)
    for marker, kind in zip("iUIlLdD", ("i1", "u1", ">i2", ">i4", ">i8", ">f4", ">f8"), strict=True)
}
_WORDS: Final = {ord("Z"): None, ord("T"): True, ord("F"): False}
_FORMATS: Final = {
    ord(marker): struct.Struct(f">{code}")
    for marker, code in zip("iUIlLdD", "bBhiqfd", strict=True)
}


def read(content: bytes) -> Any:
    """Parse UBJSON.

    Arrays of one numeric type become numpy arrays in network byte order. Raises ValueError when the
    content is not UBJSON, or uses a type that XGBoost does not write.
    """
    try:
        return _Reader(content).read_value()
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError("not UBJSON as XGBoost writes it") from error


def slice_member(content: bytes, name: str) -> bytes:
    """Return a member of an object as it lies there, itself UBJSON.

    Raises ValueError when there is no such member, or the content is not UBJSON.
    """
    try:
        return _Reader(content).slice_member(name)
    except (IndexError, KeyError, struct.error, RecursionError) as error:
        raise ValueError("not UBJSON as XGBoost writes it") from error


def write(value: Any) -> bytes:
    """Return UBJSON of objects, lists, texts, numbers, and arrays of one numeric type."""
    return b"".join(_write_parts(value))


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def read_value(self) -> Any:
        return self._read_marked(self._read_marker())

    def slice_member(self, name: str) -> bytes:
        if self._read_marker() != ord("{"):
            raise ValueError("not an object")
        while not self._skip_if("}"):
            key, start = self._read_text(), self._position
            self.read_value()
            if key == name:
                return self._content[start : self._position]
        raise ValueError(f"no member {name!r}")

    def _read_marked(self, marker: int) -> Any:
        if marker in _FORMATS:
            return self._read_number(marker)
        match chr(marker):
            case "S":
                return self._read_text()
            case "{":
                return self._read_object()
            case "[":
                return self._read_array()
        return _WORDS[marker]

    def _read_marker(self) -> int:
        self._position += 1
        return self._content[self._position - 1]

    def _skip_if(self, marker: str) -> bool:
        matches = self._content[self._position] == ord(marker)
        self._position += matches
        return matches

    def _read_number(self, marker: int) -> int | float:
        form = _FORMATS[marker]
        self._position += form.size
        number: int | float = form.unpack_from(self._content, self._position - form.size)[0]
        return number

    def _read_size(self) -> int:
        size = int(self._read_number(self._read_marker()))
        if size < 0:
            raise ValueError("a negative size")
        return size

    def _read_text(self) -> str:
        size = self._read_size()
        self._position += size
        return self._content[self._position - size : self._position].decode(errors="replace")

    def _read_object(self) -> dict[str, Any]:
        members = {}
        while not self._skip_if("}"):
            name = self._read_text()
            members[name] = self.read_value()
        return members

    def _read_array(self) -> Any:
        if self._skip_if("$"):
            return self._read_numbers(_NUMBERS[self._read_marker()])
        if self._skip_if("#"):
            return [self.read_value() for _ in range(self._read_size())]
        return list(self._read_until_end())

    def _read_numbers(self, kind: np.dtype[Any]) -> np.ndarray[Any, Any]:
        if not self._skip_if("#"):
            raise ValueError("an array of one type without its size")
        count = self._read_size()
        self._position += count * kind.itemsize
        return np.frombuffer(self._content, kind, count, self._position - count * kind.itemsize)

    def _read_until_end(self) -> Iterator[Any]:
        while not self._skip_if("]"):
            yield self.read_value()


def _write_parts(value: Any) -> Iterator[bytes]:
    match value:
        case str():
            yield b"S" + _write_text(value)
        case int():
            yield _write_size(value)
        case float():
            yield b"d" + struct.pack(">f", value)
        case dict():
            yield b"{"
            for name, member in value.items():
                yield _write_text(name)
                yield from _write_parts(member)
            yield b"}"
        case list():
            yield b"["
            for item in value:
                yield from _write_parts(item)
            yield b"]"
        case np.ndarray():
            kind = value.dtype.newbyteorder(">")
            marker = next(marker for marker, known in _NUMBERS.items() if known == kind)
            yield b"[$" + bytes([marker]) + b"#" + _write_size(value.size)
            yield value.astype(_NUMBERS[marker]).tobytes()
        case _:
            raise TypeError(f"no type of a model: {type(value).__name__}")


def _write_size(size: int) -> bytes:
    return b"L" + struct.pack(">q", size)


def _write_text(text: str) -> bytes:
    content = text.encode()
    return _write_size(len(content)) + content
