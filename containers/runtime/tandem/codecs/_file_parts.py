"""A file cut into parts, each of which can be read by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tandem.data.schema.row_source import RowSource
from tandem.io import recordio
from tandem.io.streams import Stream

SIZE = 1 << 20
_NEWLINE, _QUOTE = b"\n", b'"'


@dataclass(frozen=True)
class FilePart:
    """Some rows of a file; `before` is how many rows or lines of it came before them.

    `head` is how many of its own lines stand above the rows.
    """

    rows_before: int
    source: RowSource
    lines_above: int = 0


def split_lines(
    stream: Stream, *, quoted: bool = False, size: int = SIZE
) -> Iterator[tuple[int, bytes]]:
    """Return a text in runs of whole lines, and how many lines came before each.

    A run has `size` to two times `size` bytes, so no run is a few lines left over. Where `quoted`,
    a newline inside quotation marks does not end a line.
    """
    held = bytearray()
    before = 0
    while piece := stream.read(size):
        held += piece
        end = _end(held, len(held) - size, quoted=quoted) if len(held) >= 2 * size else 0
        if end:
            run = bytes(held[:end])
            del held[:end]
            yield before, run
            before += run.count(_NEWLINE)
    if held or not before:
        yield before, bytes(held)


def split_frames(stream: Stream, file: str | None, size: int = SIZE) -> Iterator[tuple[int, bytes]]:
    """Return RecordIO frames in runs of whole records, and how many records came before each."""
    held: list[bytes] = []
    total = before = 0
    for _, frame in recordio.read_records(stream, file):
        held.append(frame)
        total += len(frame)
        if total >= size:
            yield before, b"".join(held)
            before += len(held)
            held, total = [], 0
    if held or not before:
        yield before, b"".join(held)


def _end(held: bytearray, most: int, *, quoted: bool) -> int:
    end = held.rfind(_NEWLINE, 0, most) + 1
    while quoted and end and held.count(_QUOTE, 0, end) % 2:
        end = held.rfind(_NEWLINE, 0, end - 1) + 1
    return end
