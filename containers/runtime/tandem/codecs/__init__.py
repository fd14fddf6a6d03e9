"""Formats of bodies and files, one module each, one registry.

Training and serving read with the same codec. To add a format, write one module with a `CODEC` and
add it to `CODECS`. Bodies are read under all of a codec's media types and aliases, and answered
under its media types by a codec that is a `Writer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from tandem.codecs import (
    arrow,
    content_negotiation,
    csv,
    json,
    jsonlines,
    libsvm,
    npy,
    parquet,
    recordio_protobuf,
)
from tandem.codecs._file_parts import FilePart
from tandem.data.rows.sparse_table import SparseTable
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import Table
from tandem.data.text import csv_dialect
from tandem.errors import NotAcceptable, UnsupportedContentType, join_words
from tandem.io.streams import Stream


class Codec(Protocol):
    """One format; `reads` says its layout.

    `border` is what a body ends in so that another may follow it in one stream: a newline, nothing,
    or None where no other can.
    """

    media_types: tuple[str, ...]
    aliases: tuple[str, ...]
    border: bytes | None
    reads: str

    def open_body(
        self, body: bytes, parameters: Mapping[str, str], file: str | None = None
    ) -> RowSource:
        """Offer a body for reading; `file` is its name in error messages."""


class Encoder(Protocol):
    """What writes an answer."""

    def encode(self, table: Table) -> bytes:
        """Write a table, label first where it has one."""


@runtime_checkable
class SplittableCodec(Codec, Protocol):
    """A format that a file can be read of a part at a time."""

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        """Offer a file, part by part; no more than a part is held in memory."""


@runtime_checkable
class Writer(Codec, Encoder, Protocol):
    """A format that answers as well; `writes` says the layout."""

    writes: str


@runtime_checkable
class NamingWriter(Writer, Protocol):
    """A format that may name its columns or not.

    The media type parameter `naming`, as `header=present`, asks for the names.
    """

    naming: str

    @property
    def named(self) -> Encoder:
        """What writes a table whose columns have their titles."""


@runtime_checkable
class SparseEncoder(Encoder, Protocol):
    """What writes sparse rows as they are."""

    def encode_sparse(self, table: SparseTable) -> bytes:
        """Write the values that are there."""


CODECS: tuple[Codec, ...] = (
    csv.CODEC,
    json.CODEC,
    jsonlines.CODEC,
    libsvm.CODEC,
    recordio_protobuf.CODEC,
    npy.CODEC,
    parquet.CODEC,
    arrow.CODEC,
)
WRITERS = tuple(codec for codec in CODECS if isinstance(codec, Writer))
_READERS = {name: codec for codec in CODECS for name in (*codec.media_types, *codec.aliases)}
_OFFERED = {name: codec for codec in WRITERS for name in codec.media_types}


def read_parts(
    codec: Codec, stream: Stream, parameters: Mapping[str, str], file: str
) -> Iterator[FilePart]:
    """Offer a file part by part where its format can be divided, else whole."""
    if isinstance(codec, SplittableCodec):
        return codec.read_parts(stream, parameters, file)
    return iter([FilePart(0, codec.open_body(stream.read(), parameters, file))])


def find_decoder(content_type: str) -> tuple[Codec, Mapping[str, str]]:
    """Return the codec that reads a content type, and the content type's parameters.

    Raises UnsupportedContentType listing what is read.
    """
    name, parameters = content_negotiation.parse(content_type)
    codec = _READERS.get(name)
    if codec is None:
        raise UnsupportedContentType(
            f"content type {name[:120]!r} is not read here",
            remedy=f"Send {_list_media_types(CODECS)}",
        )
    return codec, parameters


def find_encoder(accept: str | None, default: str) -> tuple[Encoder, str]:
    """Return what writes an answer the client accepts, and the answer's content type.

    No Accept and `*/*` mean `default`. Raises NotAcceptable listing what is written.
    """
    wanted = default if not accept or accept.strip() == "*/*" else accept
    if wanted in _OFFERED:
        return _OFFERED[wanted], wanted
    match = content_negotiation.choose_best(wanted, tuple(_OFFERED))
    if match is None:
        raise NotAcceptable(
            f"no answer can be written as {wanted[:120]!r}",
            remedy=f"Accept {_list_media_types(WRITERS)}",
        )
    media_type, parameters = match
    writer = _OFFERED[media_type]
    if (
        parameters.keys() & {"delimiter", "decimal"}
        and csv_dialect.parse_dialect(parameters) != csv_dialect.PLAIN
    ):
        raise NotAcceptable(
            f"no answer can be written as {wanted[:120]!r}",
            remedy="CSV is written with commas and decimal points",
        )
    if isinstance(writer, NamingWriter):
        name, _, value = writer.naming.partition("=")
        if parameters.get(name, "").lower() == value:
            return writer.named, f"{media_type}; {writer.naming}"
    return writer, media_type


def encode_table(encoder: Encoder, table: Table) -> bytes:
    """Write an answer; sparse rows become whole ones where the format has no other."""
    if not isinstance(table, SparseTable):
        return encoder.encode(table)
    if isinstance(encoder, SparseEncoder):
        return encoder.encode_sparse(table)
    return encoder.encode(table.to_dense())


def _list_media_types(codecs: Sequence[Codec]) -> str:
    return join_words([codec.media_types[0] for codec in codecs], "or")


__all__ = [
    "CODECS",
    "WRITERS",
    "Codec",
    "Encoder",
    "FilePart",
    "NamingWriter",
    "Writer",
    "encode_table",
    "find_decoder",
    "find_encoder",
    "read_parts",
]
