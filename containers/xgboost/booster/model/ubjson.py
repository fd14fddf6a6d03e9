"""Reads UBJSON as far as XGBoost writes it (ubjson.org, draft 12).

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
    """Return what the content says.

    Arrays of one type of number are numpy's, in network byte order.

    Raises ValueError for what is not UBJSON, or a part of it that XGBoost does not write.
    """
    try:
        return _Reader(content).value()
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError("not UBJSON as XGBoost writes it") from error


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def value(self) -> Any:
        return self._of(self._marker())

    def _of(self, marker: int) -> Any:
        if marker in _FORMATS:
            return self._number(marker)
        match chr(marker):
            case "S":
                return self._text()
            case "{":
                return self._object()
            case "[":
                return self._array()
        return _WORDS[marker]

    def _marker(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _taken(self, marker: str) -> bool:
        found = self._content[self._at] == ord(marker)
        self._at += found
        return found

    def _number(self, marker: int) -> int | float:
        form = _FORMATS[marker]
        self._at += form.size
        number: int | float = form.unpack_from(self._content, self._at - form.size)[0]
        return number

    def _size(self) -> int:
        return int(self._number(self._marker()))

    def _text(self) -> str:
        size = self._size()
        self._at += size
        return self._content[self._at - size : self._at].decode(errors="replace")

    def _object(self) -> dict[str, Any]:
        found = {}
        while not self._taken("}"):
            name = self._text()
            found[name] = self.value()
        return found

    def _array(self) -> Any:
        if self._taken("$"):
            return self._numbers(_NUMBERS[self._marker()])
        if self._taken("#"):
            return [self.value() for _ in range(self._size())]
        return list(self._until_end())

    def _numbers(self, kind: np.dtype[Any]) -> np.ndarray[Any, Any]:
        if not self._taken("#"):
            raise ValueError("an array of one type without its size")
        count = self._size()
        self._at += count * kind.itemsize
        return np.frombuffer(self._content, kind, count, self._at - count * kind.itemsize)

    def _until_end(self) -> Iterator[Any]:
        while not self._taken("]"):
            yield self.value()
