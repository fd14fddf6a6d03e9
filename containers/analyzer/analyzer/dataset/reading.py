"""The files of a data set, one after another, as counted cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analyzer.contract.dataset_format import DatasetFormat
from analyzer.dataset.captures import Capture, parse_capture
from analyzer.dataset.cells import flatten
from analyzer.dataset.chunks import Chunk, count_records, name_position
from analyzer.dataset.csv_files import read_csv
from analyzer.dataset.parquet_files import read_parquet
from analyzer.dataset.scripts import RecordHandler
from tandem.errors import BadData, Location, UserError


def list_files(source: Path) -> list[Path]:
    """Return the files of a data set in order, hidden ones left out.

    Raises UserError when there are none.
    """
    files = (
        [source]
        if source.is_file()
        else sorted(
            path
            for path in source.rglob("*")
            if path.is_file()
            and not any(
                part.startswith((".", "_SUCCESS")) for part in path.relative_to(source).parts
            )
        )
    )
    if not files:
        raise UserError(f"the data set is empty: no file in {source}", remedy="Give it data")
    return files


def read_chunks(
    source: Path, form: DatasetFormat, handler: RecordHandler | None = None
) -> Iterator[Chunk]:
    """Yield the counted cells of a data set.

    Raises UserError when a script is given for data that was not captured, BadData for a damaged
    file.
    """
    if handler is not None and form.kind not in {"capture", "merged"}:
        raise UserError(
            f"record_preprocessor_script reads captured data, and the data set is {form.kind}",
            remedy="Leave the script out, or name the format sagemakerCaptureJson",
        )
    for path in list_files(source):
        if form.kind == "csv":
            yield from read_csv(path, header=form.header)
        elif form.kind == "parquet":
            yield from read_parquet(path)
        elif form.kind == "json":
            yield from count_records(
                map(flatten, read_json_values(path, lines=form.lines)), positional=False
            )
        else:
            yield from _count_captures(path, handler)


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
