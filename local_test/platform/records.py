"""Splitting an input object into requests, and putting the answers together again.

Source: API, CreateTransformJob: `SplitType`, `BatchStrategy`, `AssembleWith`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from local_test.errors import UserError


class Split(StrEnum):
    """What one record is: the whole object, or a line."""

    NONE = "None"
    LINE = "Line"


@dataclass(frozen=True)
class Batch:
    """The body of one request: `count` records, the first of them on line `line` (from 1)."""

    body: bytes
    line: int
    count: int

    @property
    def lines(self) -> str:
        """Say where the records stand, for a message."""
        if self.count == 1:
            return f"line {self.line}"
        return f"lines {self.line} to {self.line + self.count - 1}"


def batches(source: BinaryIO, limit: int, *, single: bool) -> Iterator[Batch]:
    """Group lines into bodies of at most `limit` bytes, or give each line alone.

    Bytes pass as they are; blank lines at the end of the object are no records.
    A line longer than the limit is a UserError naming it.
    """
    body, first, last = bytearray(), 1, 0
    for number, line in _lines(source):
        if len(line) > limit:
            raise UserError(
                f"line {number} has {len(line)} bytes; one request takes {limit}",
                "raise the maximum payload",
            )
        if body and (single or len(body) + len(line) > limit):
            yield Batch(bytes(body), first, number - first)
            body.clear()
        if not body:
            first = number
        body += line
        last = number
    if body:
        yield Batch(bytes(body), first, last - first + 1)


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    held: list[tuple[int, bytes]] = []
    for number, line in enumerate(source, start=1):
        held.append((number, line))
        if line.strip():
            yield from held
            held = []


def assemble(answer: bytes) -> bytes:
    """End an answer with exactly one newline, so that no blank line stands between answers."""
    return answer.rstrip(b"\n") + b"\n" if answer else b""


def miscount(answer: bytes, content_type: str | None, batch: Batch) -> str:
    """Say so where a line-oriented answer has not one line for each record sent."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if answer and kind not in {"text/csv", "application/jsonlines"}:
        return ""
    lines = assemble(answer).count(b"\n")
    if lines == batch.count:
        return ""
    return f"{lines} lines came back for the {batch.count} records of {batch.lines}"
