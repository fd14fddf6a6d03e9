"""Splits an input object into requests, and assembles the responses.

Source: API, CreateTransformJob: `SplitType`, `BatchStrategy`, `AssembleWith`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import SEEK_CUR
from itertools import chain
from typing import BinaryIO

from local_test.errors import UserError
from local_test.platform.batch_transform.batch_settings import advise_payload_limit
from local_test.platform.batch_transform.binary_records import read_record_io, read_tf_record


class Split(StrEnum):
    """SplitType: a record is the whole object, a line, or a binary record."""

    NONE = "None"
    LINE = "Line"
    RECORD_IO = "RecordIO"
    TF_RECORD = "TFRecord"

    @property
    def noun(self) -> str:
        """Name one record in a message."""
        return "line" if self is Split.LINE else "record"


@dataclass(frozen=True)
class Batch:
    """The body of one request: `count` records, the first one on line `line` (from 1).

    `noun` is "line", or "record" for binary records, which are counted the same way.
    """

    body: bytes
    line: int
    count: int
    noun: str = "line"

    @property
    def location(self) -> str:
        """Return the position of the records, for messages."""
        if self.count == 1:
            return f"{self.noun} {self.line}"
        return f"{self.noun}s {self.line} to {self.line + self.count - 1}"


def group_records(
    source: BinaryIO, limit: int, *, single: bool, split: Split = Split.LINE
) -> Iterator[Batch]:
    """Yield bodies of at most `limit` bytes with as many records as fit, or one if `single`.

    `source` can seek. Bytes are unchanged, except that a single binary record is sent without its
    frame. Blank lines at the end of the object are ignored. Raises UserError when a record exceeds
    the limit.
    """
    if split is Split.LINE and not single:
        return _group_lines(source, limit)
    return _pack_records(_read_records(source, split, single=single), limit, split, single=single)


def _group_lines(source: BinaryIO, limit: int) -> Iterator[Batch]:
    """Yield the bodies of `group_records`, each read as one block and cut at its last line."""
    first = 1
    while len(block := source.read(limit + 1)) > limit:
        end = block.rfind(b"\n", 0, limit) + 1
        body = block[:end]
        if not body[body.rfind(b"\n", 0, end - 1) + 1 :].strip():
            # A line that is too long, or a blank one, which the object may end with.
            lines = _read_lines(source, block, first)
            yield from _pack_records(lines, limit, Split.LINE, single=False, first=first)
            return
        count = body.count(b"\n")
        yield Batch(body, first, count)
        first += count
        source.seek(end - len(block), SEEK_CUR)
    body = block[: block.find(b"\n", len(block.rstrip())) + 1 or len(block)]
    if body.strip():
        yield Batch(body, first, body.count(b"\n") + (not body.endswith(b"\n")))


def _pack_records(
    records: Iterator[tuple[int, bytes]], limit: int, split: Split, *, single: bool, first: int = 1
) -> Iterator[Batch]:
    body, last = bytearray(), first - 1
    for number, line in records:
        if len(line) > limit:
            raise UserError(
                f"{split.noun} {number} has {len(line)} bytes; one request takes {limit}",
                advise_payload_limit(len(line)),
            )
        if body and (single or len(body) + len(line) > limit):
            yield Batch(bytes(body), first, number - first, split.noun)
            body.clear()
        if not body:
            first = number
        body += line
        last = number
    if body:
        yield Batch(bytes(body), first, last - first + 1, split.noun)


def _read_records(source: BinaryIO, split: Split, *, single: bool) -> Iterator[tuple[int, bytes]]:
    if split is Split.RECORD_IO:
        return read_record_io(source, payload_only=single)
    if split is Split.TF_RECORD:
        return read_tf_record(source, payload_only=single)
    return _read_lines(source)


def _read_lines(
    source: BinaryIO, begin: bytes = b"", first: int = 1
) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of the bytes `begin`, whose first line is `first`, and of a source."""
    *whole, partial = begin.split(b"\n")
    lines = chain((line + b"\n" for line in whole), [partial + source.readline()], source)
    pending: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, start=first):
        pending.append((number, line))
        if line.strip():
            yield from pending
            pending = []


def end_with_newline(output: bytes) -> bytes:
    """Return the output with exactly one newline at its end; empty output stays empty."""
    return output.rstrip(b"\n") + b"\n" if output else b""


def find_miscount(output: bytes, content_type: str | None, batch: Batch) -> str:
    """Return a warning when line-oriented output has not one line a record, else ""."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if output and kind not in {"text/csv", "application/jsonlines"}:
        return ""
    lines = end_with_newline(output).count(b"\n")
    if lines == batch.count:
        return ""
    return f"{lines} lines came back for the {batch.count} records of {batch.location}"
