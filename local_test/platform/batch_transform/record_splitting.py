"""Splits an input object into requests, and assembles the responses.

Source: API, CreateTransformJob: `SplitType`, `BatchStrategy`, `AssembleWith`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
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

    Bytes are unchanged, except that a single binary record is sent without its frame. Blank lines
    at the end of the object are ignored. Raises UserError when a record exceeds the limit.
    """
    body, first, last = bytearray(), 1, 0
    for number, line in _read_records(source, split, single=single):
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


def _read_lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    pending: list[tuple[int, bytes]] = []
    for number, line in enumerate(source, start=1):
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
