"""Reads a channel in chunks of rows with the same column names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from preprocessor.data.channel_records import name_columns, split_at_headers
from tandem.codecs.training_channel import read_record_parts
from tandem.contract.training_job import Channel
from tandem.data.tables import Records
from tandem.data.text import header_row
from tandem.errors import BadData, Location

ROWS = 1 << 14


def read_chunks(channel: Channel, start: int = 0, end: int | None = None) -> Iterator[Records]:
    """Yield the records of the channel's objects `start` to `end` (excluded), `ROWS` at most.

    Objects without rows are left out. Raises BadData when a header differs from the first one.
    """
    first: Records | None = None
    names: tuple[str, ...] = ()
    file: str | None = None
    for records in read_record_parts(channel, start, end):
        part = records
        if file != records.file or first is None:
            part = name_columns(records)
            names, file = part.names or (), part.file
            header_row.check_header(names, Location(file, row=1), part.rows)
            first = first or part
            check_same_header(names, file, first.names or (), first.file)
        yield from _split_chunks(_reorder_columns(part, names), joined=channel.is_stream)


def check_same_header(
    names: tuple[str, ...], file: str | None, others: tuple[str, ...], other: str | None
) -> None:
    """Raise BadData when the headers of two files differ."""
    if names != others:
        raise BadData(f"has another header than {other}", where=Location(file, row=1))


def _reorder_columns(part: Records, names: tuple[str, ...]) -> Records:
    """Return the rows with their columns in the order of the file's first row."""
    part_names = None if part.names is None else tuple(map(str.strip, part.names))
    if part_names is None or part_names == names:
        return replace(part, names=names)
    if sorted(part_names) != sorted(names):
        raise BadData(
            "the row has other names than the first one", where=Location(part.file, part.first_row)
        )
    indices = [part_names.index(name) for name in names]
    return replace(part, rows=[[row[at] for at in indices] for row in part.rows], names=names)


def _split_chunks(part: Records, *, joined: bool) -> Iterator[Records]:
    for run in split_at_headers(part) if joined else (part,):
        for start in range(0, len(run.rows), ROWS):
            rows = run.rows[start : start + ROWS]
            yield replace(run, rows=rows, first_row=run.first_row + start)
