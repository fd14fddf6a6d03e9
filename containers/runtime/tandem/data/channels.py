"""A channel's files, read by the codec of its content type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

import numpy as np

from tandem import codecs
from tandem.codecs import Codec, Part
from tandem.codecs.csv import CsvSource
from tandem.data import headers
from tandem.data.categories import Categories, Coded
from tandem.data.examples import Examples, Labelled
from tandem.data.schemas import Source
from tandem.data.tables import Numbers, Records
from tandem.errors import BadData, UserError, Where
from tandem.job import Channel
from tandem.logs import logger
from tandem.streams import Ending


def sources(channel: Channel) -> Iterator[tuple[str, Source]]:
    """Give the channel's objects, each under its name, to be read by a schema.

    Raises UserError when there is none, or when the format cannot come as one stream.
    """
    codec, parameters = _codec(channel)
    for name, body in channel.contents():
        if channel.joined and codec.border and not body.endswith(codec.border):
            _warn_of_end(name)
        yield name, codec.source(body, parameters, name)


def record_parts(channel: Channel, start: int = 0, end: int | None = None) -> Iterator[Records]:
    """Read the raw rows of a channel's objects, large ones in parts of bounded size.

    `start` and `end` choose among the objects, in their order. Only the first part of an object
    has a header. Raises UserError when there is no object, and BadData.
    """
    codec, parameters = _codec(channel)
    for name, stream in islice(channel.streams(), start, end):
        ending = Ending(stream) if channel.joined and codec.border else None
        for part in codecs.parts(codec, ending or stream, parameters, name):
            try:
                records = part.source.records()
            except BadData as error:
                error.below(part.before)
                raise
            yield replace(records, first_row=records.first_row + part.before)
        if ending and ending.last != codec.border:
            _warn_of_end(name)


def examples(
    channel: Channel, *, weights: bool = False, categories: Categories | None = None
) -> Iterator[Examples]:
    """Read a channel's files one after the other, large ones in parts of bounded size.

    Where the label is a column it is the first, followed by the weight when `weights`; the names of
    the columns behind them are those of the features, in formats that have names. With `categories`
    the texts of dictionary columns are read as codes. Raises
    UserError when there is no file, and BadData naming file, row and column.
    """
    codec, parameters = _codec(channel)
    _check_labels(channel, parameters)
    for name, stream in channel.streams():
        ending = Ending(stream) if channel.joined and codec.border else None
        named = None
        for part in codecs.parts(codec, ending or stream, parameters, name):
            named = named or part.source.names  # a header stands in the first part alone
            yield _examples(part, named, name, weights=weights, categories=categories)
        if ending and ending.last != codec.border:
            _warn_of_end(name)


def _check_labels(channel: Channel, parameters: Mapping[str, str]) -> None:
    labels = parameters.get("label_size", "1").strip()
    if labels != "1":
        raise UserError(
            f"channel '{channel.name}': its content type says label_size={labels}, and a row has"
            " one label",
            remedy="Put the label first and leave label_size out, or say label_size=1",
        )


def _warn_of_end(name: str) -> None:
    logger.warning("%s does not end in a newline: its last row may be cut off", name)


def _codec(channel: Channel) -> tuple[Codec, Mapping[str, str]]:
    codec, parameters = codecs.decoder(channel.content_type)
    if channel.joined and codec.border is None:
        raise UserError(
            f"channel '{channel.name}': {codec.media_types[0]} is not read from a pipe, where the"
            " objects follow each other without a border",
            remedy="Use File or FastFile, or the record wrapper RecordIO",
        )
    return codec, parameters


def _examples(
    part: Part,
    named: tuple[str, ...] | None,
    file: str,
    *,
    weights: bool,
    categories: Categories | None,
) -> Examples:
    source = part.source
    try:
        if isinstance(source, Labelled):
            found = source.examples()
        else:
            values = _values(source, categories, 2 if weights else 1)
            if part.before == 0 and isinstance(source, CsvSource) and source.header is None:
                _warn_of_header(source, values, file)
            found = _split(values, source.names or named, file, part.head, weights=weights)
    except BadData as error:
        error.below(part.before)
        raise
    return replace(found, before=part.before, head=part.head)


def _warn_of_header(source: CsvSource, values: Numbers, file: str) -> None:
    if source.names is None:
        headers.warn_of(values, file)


def _values(source: Source, categories: Categories | None, plain: int) -> Numbers:
    if categories is not None and isinstance(source, Coded):
        return source.coded(categories, plain=plain)
    return source.matrix()


def _split(
    block: Numbers, names: tuple[str, ...] | None, file: str, head: int, *, weights: bool
) -> Examples:
    if names is not None:
        headers.check(names, Where(file, head or None))
    fixed = 2 if weights else 1
    if block.shape[1] <= fixed:
        raise BadData(
            f"there is no feature beside the label{' and the weight' if weights else ''}",
            where=Where(file),
            remedy="A row is the label, then the features",
        )
    for column, what in ((0, "label"), (1, "weight"))[:fixed]:
        missing = np.isnan(block[:, column])
        if missing.any():
            row = int(missing.argmax()) + head + 1
            title = str(column + 1) if names is None else names[column]
            raise BadData(f"the {what} is missing", where=Where(file, row, title))
    weight = block[:, 1] if weights else None
    features = None if names is None else names[fixed:]
    return Examples(block[:, fixed:], block[:, 0], weight, None, file, fixed + 1, features)
