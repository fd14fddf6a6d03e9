"""The files of a data set, one after another, as counted cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from analyzer.contract.dataset_format import DatasetFormat
from analyzer.dataset.captures import Capture, parse_capture
from analyzer.dataset.cells import flatten
from analyzer.dataset.chunks import Chunk, count_records, name_position
from analyzer.dataset.csv_files import read_csv
from analyzer.dataset.parquet_files import read_parquet
from analyzer.dataset.scripts import RecordHandler
from analyzer.dataset.shares import WHOLE, Share
from tandem.errors import BadData, Location, UserError


def read_chunks(
    source: Path,
    form: DatasetFormat,
    handler: RecordHandler | None = None,
    share: Share = WHOLE,
) -> Iterator[Chunk]:
    """Yield the counted cells of a host's share of a data set.

    Raises UserError when there is no file, or a script is given for data that was not captured,
    BadData for a damaged file.
    """
    if handler is not None and form.kind not in {"capture", "merged"}:
        raise UserError(
            f"record_preprocessor_script reads captured data, and the data set is {form.kind}",
            remedy="Leave the script out, or name the format sagemakerCaptureJson",
        )
    for path in share.list_files(source):
        parts = path.relative_to(source).parts
        for chunk in _read_file(path, form, handler):
            yield replace(chunk, file=parts)


def _read_file(path: Path, form: DatasetFormat, handler: RecordHandler | None) -> Iterator[Chunk]:
    if form.kind == "csv":
        return read_csv(path, header=form.header)
    if form.kind == "parquet":
        return read_parquet(path)
    if form.kind == "json":
        records = map(flatten, read_json_values(path, lines=form.lines))
        return count_records(records, positional=False)
    return _count_captures(path, handler)


def read_captures(path: Path) -> Iterator[tuple[int, Capture]]:
    """Yield the captures of a JSON Lines file with their row numbers from 1."""
    for row, content in read_lines(path):
        try:
            yield row, parse_capture(content)
        except BadData as error:
            raise error.add_location(file=path.name, row=row) from None


def _count_captures(path: Path, handler: RecordHandler | None) -> Iterator[Chunk]:
    named: list[dict[str, str]] = []
    placed: list[dict[str, str]] = []
    for row, capture in read_captures(path):
        try:
            rows = capture.parse_rows() if handler is None else handler.make_rows(capture)
        except BadData as error:
            raise error.add_location(file=path.name, row=row) from None
        for each in rows:
            (placed if name_position(0) in each else named).append(each)
        if len(named) + len(placed) >= _PENDING:
            yield from _count_pending(named, placed)
    yield from _count_pending(named, placed)


_PENDING = 1 << 14


def _count_pending(named: list[dict[str, str]], placed: list[dict[str, str]]) -> Iterator[Chunk]:
    yield from count_records(named, positional=False)
    yield from count_records(placed, positional=True)
    named.clear()
    placed.clear()


def read_json_values(path: Path, *, lines: bool) -> Iterator[Any]:
    """Yield the values of a file: one a line, else the items of one array, or one object."""
    if lines:
        yield from (content for _, content in read_lines(path))
        return
    try:
        content = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadData("is no JSON", where=Location(file=path.name)) from error
    yield from content if isinstance(content, list) else [content]


def read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of a JSON Lines file with their row numbers from 1.

    Raises BadData for a line that is no JSON.
    """
    with path.open("rb") as file:
        for row, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield row, json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise BadData("is no JSON", where=Location(file=path.name, row=row)) from error
