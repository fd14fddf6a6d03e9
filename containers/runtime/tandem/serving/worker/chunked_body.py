"""A chunked body (RFC 9112, section 7.1), decoded as it is received."""

from __future__ import annotations

from gunicorn.http.errors import InvalidChunkSize

_DIGITS = frozenset(b"0123456789abcdefABCDEF")
# Of a line with a size and its extensions, and of all trailers together.
_MOST_BYTES = 8192


class ChunkedBody:
    """The decoder of one chunked body: `pieces` are the body's bytes, `rest` what follows it.

    `length` is the sum in bytes of the chunk sizes seen so far, `done` is true after the last
    chunk.
    """

    def __init__(self, largest: int | None) -> None:
        self.pieces: list[bytes] = []
        self.length = 0
        self.done = False
        self.rest = b""
        self._largest = largest
        self._left = 0  # of the chunk, its line end included
        self._trailers = -1  # bytes of them so far; below zero before the last chunk

    @property
    def too_large(self) -> bool:
        """Whether the announced length exceeds the limit; pieces are then no longer kept."""
        return self._largest is not None and self.length > self._largest

    def feed(self, data: bytes) -> None:
        """Decode more bytes. Raises gunicorn's InvalidChunkSize when a chunk is damaged."""
        data, self.rest = self.rest + data, b""
        while data and not self.done:
            if self._left:
                data = self._read_chunk(data)
                continue
            line, end, after = data.partition(b"\r\n")
            if len(line) > _MOST_BYTES or b"\n" in line:
                raise InvalidChunkSize(line[:20])
            if not end:
                break
            data = after
            self._read_line(line)
        self.rest = data

    def _read_line(self, line: bytes) -> None:
        if self._trailers >= 0:
            self._trailers += len(line) + 2
            self.done = not line
            if self._trailers > _MOST_BYTES:
                raise InvalidChunkSize(line[:20])
            return
        size = line.partition(b";")[0].rstrip(b" \t")
        if not size or len(size) > 15 or not _DIGITS.issuperset(size):
            raise InvalidChunkSize(line[:20])
        length = int(size, 16)
        self.length += length
        self._left = length + 2 if length else 0
        self._trailers = -1 if length else 0

    def _read_chunk(self, data: bytes) -> bytes:
        """Read the available bytes of a chunk. Return the bytes after it."""
        taken, data = data[: max(0, self._left - 2)], data[max(0, self._left - 2) :]
        self._left -= len(taken)
        if taken and not self.too_large:
            self.pieces.append(taken)
        if self._left <= 2 and data:
            end = b"\r\n"[2 - self._left :]
            if not data.startswith(end[: len(data)]):
                raise InvalidChunkSize(data[:20])
            self._left, data = self._left - min(len(end), len(data)), data[len(end) :]
        return data
