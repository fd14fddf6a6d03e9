"""Reading of a channel's files with the codec of its content type."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import BinaryIO, TypeVar

import numpy as np

from tandem import codecs
from tandem.codecs import Codec, FilePart, magic
from tandem.codecs._file_parts import parse_ahead
from tandem.codecs.csv import CODEC as CSV
from tandem.codecs.csv import CsvSource
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.categories import Categories, CategorySource
from tandem.data.column_names import IndexedSource
from tandem.data.rows.labelled_rows import LabelledRows, LabelledSource
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import NoRow, Records
from tandem.data.text import csv_dialect, header_row
from tandem.errors import BadData, Location, UserError, join_words
from tandem.io.streams import LastByteStream, peek
from tandem.logs import logger

FileFormat = tuple[Codec, Mapping[str, str]]
T = TypeVar("T")


def read_records(channel: Channel) -> Iterator[Records]:
    """Yield the raw rows of each object of a channel; objects without a row are skipped.

    Raises UserError when there is no object or the format cannot be read from one stream, and
    BadData when an object is invalid or none has a row.
    """
    logged: set[str] = set()

    def read(name: str, stream: BinaryIO, form: FileFormat) -> Iterator[Records]:
        codec, parameters = form
        body = stream.read()
        if channel.is_stream and codec.border and not body.endswith(codec.border):
            _warn_of_end(name)
        yield _drop_index(codec.open_body(body, parameters, name), channel, logged).read_records()

    yield from _read_each(channel, read)


def _read_each(
    channel: Channel,
    read: Callable[[str, BinaryIO, FileFormat], Iterator[T]],
    *,
    start: int = 0,
    end: int | None = None,
    require_rows: bool = True,
) -> Iterator[T]:
    """Yield what `read` yields for each object; objects without a row are skipped.

    Raises BadData for an object of another format than it is said to be, and, where there must be
    one row at least (`require_rows`), when none has one.
    """
    declared = _find_codec(channel)
    has_rows, empty_errors = False, []
    with closing(channel.open_streams()) as objects:  # an error leaves no file open
        for name, stream in islice(objects, start, end):
            try:
                for item in read(name, stream, _detect_format(channel, declared, name, stream)):
                    has_rows = True
                    yield item
            except NoRow as error:
                empty_errors.append(error)
    if require_rows and empty_errors and not has_rows:
        raise empty_errors[0]
    warn_of_empty([error.where.file or "" for error in empty_errors])


def _detect_format(
    channel: Channel, declared: FileFormat, name: str, stream: BinaryIO
) -> FileFormat:
    """Return the format of an object: by magic bytes or name if no content type was declared."""
    start = peek(stream, magic.SIZE)
    if not start:
        raise NoRow("is empty", where=Location(name), remedy="Give it one row at least")
    if channel.undeclared and not channel.is_stream:
        mark = magic.detect_format(start)
        if mark is not None and mark.media_type:
            return codecs.find_decoder(mark.media_type)
        if mark is None and (named := magic.find_type_of_name(name)) is not None:
            return codecs.find_decoder(named)
    mismatch = magic.find_mismatch(start, declared[0].media_types[0], name)
    if mismatch is not None:
        raise mismatch
    if b"\0" in start and declared[0] is CSV and "charset" not in declared[1]:
        raise BadData(
            "is not UTF-8 text", where=Location(name), remedy=csv_dialect.suggest_charset(start)
        )
    return declared


def warn_of_empty(files: Sequence[str]) -> None:
    """Log which objects are skipped because they have no row."""
    if files:
        shown = join_words([*files[:3], f"{len(files) - 3} more"] if len(files) > 3 else files)
        logger.info("left out, as there is no row: %s", shown)


def read_record_parts(
    channel: Channel, start: int = 0, end: int | None = None
) -> Iterator[Records]:
    """Yield the raw rows of a channel's objects, large ones in parts of bounded size.

    `start` and `end` slice the ordered objects; objects without a row are skipped. Only the first
    part of an object has a header. Raises UserError when there is no object, and BadData when one
    is invalid.
    """
    logged: set[str] | None = None if start else set()
    read = partial(_read_record_parts, channel, logged)
    yield from _read_each(channel, read, start=start, end=end, require_rows=False)


def _read_record_parts(
    channel: Channel, logged: set[str] | None, name: str, stream: BinaryIO, form: FileFormat
) -> Iterator[Records]:
    codec, parameters = form
    ending = LastByteStream(stream) if channel.is_stream and codec.border else None
    for part in codecs.read_parts(codec, ending or stream, parameters, name):
        try:
            records = _drop_index(part.source, channel, logged).read_records()
        except BadData as error:
            error.shift_rows(part.rows_before)
            raise
        for later in records.unreadable.values():
            later.shift_rows(part.rows_before)
        yield replace(records, first_row=records.first_row + part.rows_before)
    if ending and ending.last_byte != codec.border:
        _warn_of_end(name)


def read_labelled_rows(
    channel: Channel,
    *,
    weights: bool = False,
    categories: Categories | None = None,
    unlabelled: bool = False,
) -> Iterator[LabelledRows]:
    """Yield the labelled rows of a channel's files, large files in parts of bounded size.

    If the label is a column it is the first; with `weights`, the sample weight is the second. The
    other columns are the features. With `categories` the texts of dictionary columns are read as
    codes. With `unlabelled`, a missing label is NaN. Raises UserError when there is no file, and
    BadData naming file, row and column.
    """
    _check_labels(channel, _find_codec(channel)[1])
    logged: set[str] = set()

    def read(name: str, stream: BinaryIO, form: FileFormat) -> Iterator[LabelledRows]:
        codec, parameters = form
        ending = LastByteStream(stream) if channel.is_stream and codec.border else None
        named, header = None, None
        parts = codecs.read_parts(codec, ending or stream, parameters, name)
        # Objects that follow each other in a pipe are split once more, at their headers.
        for part in parts if ending else parse_ahead(parts):
            kept = replace(part, source=_drop_index(part.source, channel, logged))
            named = named or kept.source.names  # a header stands in the first part alone
            if ending and named and isinstance(kept.source, CsvSource):
                header = header or kept.source.first_line
            for run in _split_at_headers(kept, header) if header else (kept,):
                yield _read_part(
                    run, named, name, weights=weights, categories=categories, unlabelled=unlabelled
                )
        if ending and ending.last_byte != codec.border:
            _warn_of_end(name)

    yield from _read_each(channel, read)


def _split_at_headers(part: FilePart, header: bytes) -> Iterator[FilePart]:
    """Split a part of joined CSV files at the lines that repeat the first header."""
    source = part.source
    if not isinstance(source, CsvSource):
        return
    body, begin = source.body, 0
    mark = re.compile(rb"^(?:%b)?%b\r?(?:\n|\Z)" % (BOM_UTF8, re.escape(header)), re.MULTILINE)
    ends = [(found.start(), found.end()) for found in mark.finditer(body)]
    for end, following in [*ends, (len(body), len(body))]:
        if body[begin:end].strip():
            before = part.rows_before + source.lines_above + body.count(b"\n", 0, begin)
            yield FilePart(before, CsvSource(body[begin:end], "absent", source.file))
        begin = following


def _check_labels(channel: Channel, parameters: Mapping[str, str]) -> None:
    labels = parameters.get("label_size", "1").strip()
    if labels != "1":
        raise UserError(
            f"channel '{channel.name}': its content type says label_size={labels}, and a row has"
            " one label",
            remedy="Put the label first and leave label_size out, or say label_size=1",
        )


def _drop_index(source: RowSource, channel: Channel, logged: set[str] | None) -> RowSource:
    """Return the source without its index columns; log each of these once."""
    if not isinstance(source, IndexedSource):
        return source
    source = source.keep_index(channel.data_columns)
    if logged is not None:
        for name in (name for name in source.index if name not in logged):
            logger.info("channel %s: column %r is an index and is not read", channel.name, name)
        logged.update(source.index)
    return source


def _warn_of_end(name: str) -> None:
    logger.warning("%s does not end in a newline: its last row may be cut off", name)


def _find_codec(channel: Channel) -> FileFormat:
    codec, parameters = codecs.find_decoder(channel.content_type)
    if channel.is_stream and codec.border is None:
        raise UserError(
            f"channel '{channel.name}': {codec.media_types[0]} is not read from a pipe, where the"
            " objects follow each other without a border",
            remedy="Use File or FastFile, or the record wrapper RecordIO",
        )
    return codec, parameters


def _read_part(
    part: FilePart,
    named: tuple[str, ...] | None,
    file: str,
    *,
    weights: bool,
    categories: Categories | None,
    unlabelled: bool,
) -> LabelledRows:
    source = part.source
    try:
        if isinstance(source, LabelledSource):
            rows = source.read_labelled_rows(unlabelled=unlabelled)
        else:
            values = _read_values(source, categories, 2 if weights else 1)
            if part.rows_before == 0 and isinstance(source, CsvSource) and source.header is None:
                _warn_of_header(source, values, file)
            names = source.names or named
            rows = _split_columns(
                values, names, file, part.lines_above, weights=weights, unlabelled=unlabelled
            )
    except BadData as error:
        error.shift_rows(part.rows_before)
        raise
    return replace(rows, rows_before=part.rows_before, lines_above=part.lines_above)


def _warn_of_header(source: CsvSource, values: FloatArray, file: str) -> None:
    if source.names is None:
        header_row.warn_of_mistakes(values, file)


def _read_values(source: RowSource, categories: Categories | None, plain: int) -> FloatArray:
    if categories is not None and isinstance(source, CategorySource):
        return source.read_coded_matrix(categories, plain=plain)
    return source.read_matrix()


def _split_columns(
    block: FloatArray,
    names: tuple[str, ...] | None,
    file: str,
    head: int,
    *,
    weights: bool,
    unlabelled: bool,
) -> LabelledRows:
    if names is not None:
        header_row.check_header(names, Location(file, head or None))
    fixed = 2 if weights else 1
    if block.shape[1] <= fixed:
        raise BadData(
            f"there is no feature beside the label{' and the weight' if weights else ''}",
            where=Location(file),
            remedy="A row is the label, then the features",
        )
    titles = ("1", "2") if names is None else names[:2]
    unread = np.isnan(block[:, 0])
    for column, what in ((0, "label"), (1, "weight"))[:fixed]:
        missing = np.isnan(block[:, column])
        if unlabelled:
            missing = missing & ~unread
        if missing.any():
            row = int(missing.argmax()) + head + 1
            raise BadData(f"the {what} is missing", where=Location(file, row, titles[column]))
    weight = block[:, 1] if weights else None
    features = None if names is None else names[fixed:]
    return LabelledRows(
        block[:, fixed:],
        block[:, 0],
        weight,
        None,
        file,
        fixed + 1,
        features,
        label_column=titles[0],
    )
