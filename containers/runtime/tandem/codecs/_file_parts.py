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
    buffer = bytearray()
    before = 0
    while piece := stream.read(size):
        buffer += piece
        end = _find_end(buffer, len(buffer) - size, quoted=quoted) if len(buffer) >= 2 * size else 0
        if end:
            run = bytes(buffer[:end])
            del buffer[:end]
            yield before, run
            before += run.count(_NEWLINE)
    if buffer or not before:
        yield before, bytes(buffer)


def split_frames(stream: Stream, file: str | None, size: int = SIZE) -> Iterator[tuple[int, bytes]]:
    """Return RecordIO frames in runs of whole records, and how many records came before each."""
    frames: list[bytes] = []
    total = before = 0
    for _, frame in recordio.read_records(stream, file):
        frames.append(frame)
        total += len(frame)
        if total >= size:
            yield before, b"".join(frames)
            before += len(frames)
            frames, total = [], 0
    if frames or not before:
        yield before, b"".join(frames)


def _find_end(buffer: bytearray, limit: int, *, quoted: bool) -> int:
    end = buffer.rfind(_NEWLINE, 0, limit) + 1
    while quoted and end and buffer.count(_QUOTE, 0, end) % 2:
        end = buffer.rfind(_NEWLINE, 0, end - 1) + 1
    return end
