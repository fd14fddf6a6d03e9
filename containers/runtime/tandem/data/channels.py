"""A channel's files, read by the codec of its content type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tandem import codecs
from tandem.data.examples import Examples, Labelled
from tandem.data.names import check
from tandem.data.schemas import Source
from tandem.data.sparse import Sparse
from tandem.data.tables import Numbers
from tandem.errors import BadData, UserError, Where
from tandem.job import Channel
from tandem.logs import logger


def sources(channel: Channel) -> Iterator[tuple[str, Source]]:
    """Give the channel's objects, each under its name, to be read by a schema.

    Raises UserError when there is none, or when the format cannot come as one stream.
    """
    codec, parameters = codecs.decoder(channel.content_type)
    if channel.joined and codec.border is None:
        raise UserError(
            f"channel '{channel.name}': {codec.media_types[0]} is not read from a pipe, where the"
            " objects follow each other without a border",
            remedy="Use File or FastFile, or the record wrapper RecordIO",
        )
    for name, body in channel.contents():
        if channel.joined and codec.border and not body.endswith(codec.border):
            logger.warning("%s does not end in a newline: its last row may be cut off", name)
        yield name, codec.source(body, parameters, name)


def examples(channel: Channel, *, weights: bool = False) -> list[Examples]:
    """Read a channel's files, one after the other.

    Where the label is a column it is the first, followed by the weight when `weights`; the names of
    the columns behind them are those of the features, in formats that have names. Raises
    UserError when there is no file, and BadData naming file, row and column.
    """
    found = []
    for name, source in sources(channel):
        if isinstance(source, Labelled):
            found.append(source.examples())
        else:
            found.append(_split(source.matrix(), source.names, name, weights=weights))
    return found


def names(files: Sequence[Examples]) -> tuple[str, ...] | None:
    """Give the features' names: those of the first file that has some."""
    return next((file.names for file in files if file.names is not None), None)


def width(files: Sequence[Examples], stated: int | None = None) -> int:
    """Give the one width of all files.

    Dense rows have the first file's; sparse ones the `stated` one, else what the largest index of
    all files needs.
    """
    dense = [file.width for file in files if not isinstance(file.features, Sparse)]
    if dense:
        return dense[0]
    return max(file.width for file in files) if stated is None else stated


def _split(block: Numbers, names: tuple[str, ...] | None, file: str, *, weights: bool) -> Examples:
    if names is not None:
        check(names, names, names, Where(file))
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
            row = int(missing.argmax()) + 1
            title = str(column + 1) if names is None else names[column]
            raise BadData(f"the {what} is missing", where=Where(file, row, title))
    weight = block[:, 1] if weights else None
    features = None if names is None else names[fixed:]
    return Examples(block[:, fixed:], block[:, 0], weight, None, file, fixed + 1, features)
