"""Splitting of files into parts that can be read one by one."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tandem.data.schema.row_source import RowSource
from tandem.data.text.line_breaks import count_line_breaks
from tandem.io import recordio
from tandem.io.streams import Stream
from tandem.machine.cgroup import cpu_quota

SIZE = 1 << 20
_NEWLINE, _QUOTE = b"\n", b'"'


@dataclass(frozen=True)
class FilePart:
    """Some rows of a file; `rows_before` rows or lines of the file precede them.

    `lines_above` lines of the part itself, a header for example, are above its rows.
    """

    rows_before: int
    source: RowSource
    lines_above: int = 0


@runtime_checkable
class ParsedAhead(Protocol):
    """A source whose text may be parsed before it is read, by another thread."""

    def parse(self) -> None:
        """Parse the text and keep the result; what is wrong with it is told when it is read."""


def parse_ahead(parts: Iterator[FilePart], processors: float | None = None) -> Iterator[FilePart]:
    """Yield the parts in order, while threads parse the next ones, one thread a processor.

    One part a processor is held in memory beside the one that is yielded. `processors` are those
    of this container by default; a file of one part, or a container of one processor, needs no
    thread.
    """
    first = next(parts, None)
    if first is None:
        return
    yield first  # before the next is read: it may be all there is, or wrong
    count = math.ceil(cpu_quota() if processors is None else processors)
    if count < 2 or not isinstance(first.source, ParsedAhead):
        yield from parts
        return
    waiting: deque[Future[FilePart]] = deque()
    with ThreadPoolExecutor(count, thread_name_prefix="parse") as threads:
        for part in parts:
            waiting.append(threads.submit(_parse, part))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _parse(part: FilePart) -> FilePart:
    if isinstance(part.source, ParsedAhead):
        part.source.parse()
    return part


def split_lines(
    stream: Stream, *, quoted: bool = False, size: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield a text in runs of whole lines, each with the number of lines before it.

    A run has about `size` bytes (by default SIZE), and the last one up to twice as many, so that it
    is not a few lines. With `quoted`, a newline inside quotation marks does not end a line.
    """
    size = size or SIZE
    run, pieces = b"", list[bytes]()  # a run is held back until the next one is whole
    before = length = 0
    inside = False
    while piece := stream.read(size):
        length += len(piece)
        has_quotes = quoted and _QUOTE in piece
        whole = length >= size and (has_quotes or not inside)
        end = _find_end(piece, inside=inside, quoted=has_quotes) if whole else 0
        inside ^= has_quotes and piece.count(_QUOTE) % 2 == 1
        if not end:
            pieces.append(piece)
            continue
        if run:
            yield before, run
            before += count_line_breaks(run)
        run = b"".join((*pieces, memoryview(piece)[:end]))
        pieces = [piece[end:]]
        length = len(piece) - end
    last = b"".join((run, *pieces))
    if last or not before:
        yield before, last


def split_frames(
    stream: Stream, file: str | None, size: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield RecordIO frames in runs of at least `size` bytes, each with the records before it.

    `size` is SIZE by default.
    """
    size = size or SIZE
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


def _find_end(piece: bytes, *, inside: bool, quoted: bool) -> int:
    """Return where the last line of a piece ends that begins `inside` quotation marks or not."""
    end = piece.rfind(_NEWLINE) + 1
    if not quoted:
        return end
    inside ^= piece.count(_QUOTE, 0, end) % 2 == 1
    while inside and end:
        line = piece.rfind(_NEWLINE, 0, end - 1) + 1
        inside ^= piece.count(_QUOTE, line, end) % 2 == 1
        end = line
    return end
