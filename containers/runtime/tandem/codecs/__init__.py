"""Formats of bodies and files: one module a format, and the registry `CODECS`.

Training and serving use the same codecs. To add a format, write a module with a `CODEC` and add it
to `CODECS`. Bodies are read under a codec's media types and aliases; responses are written under
the media types of codecs that are a `Writer`.
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
    """One format; `reads` describes its layout for the documentation.

    `border` is what a body must end in before another may follow in the same stream: a newline,
    nothing, or None when bodies cannot be joined.
    """

    media_types: tuple[str, ...]
    aliases: tuple[str, ...]
    border: bytes | None
    reads: str

    def open_body(
        self, body: bytes, parameters: Mapping[str, str], file: str | None = None
    ) -> RowSource:
        """Return a source that reads the body; `file` is its name in error messages."""


class Encoder(Protocol):
    """Serializer of a response body."""

    def encode(self, table: Table) -> bytes:
        """Serialize a table, its label first if it has one."""


@runtime_checkable
class SplittableCodec(Codec, Protocol):
    """A format whose files can be read in parts."""

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        """Yield the parts of a file; only one part is held in memory."""


@runtime_checkable
class Writer(Codec, Encoder, Protocol):
    """A format for responses as well; `writes` describes their layout for the documentation."""

    writes: str


@runtime_checkable
class NamingWriter(Writer, Protocol):
    """A format that writes column names if the client asks for them.

    The media type parameter `naming`, as `header=present`, does so.
    """

    naming: str

    @property
    def named(self) -> Encoder:
        """The encoder that writes column names."""


@runtime_checkable
class SparseEncoder(Encoder, Protocol):
    """An encoder of sparse rows that does not make them dense."""

    def encode_sparse(self, table: SparseTable) -> bytes:
        """Serialize the values that are not absent."""


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
    """Yield a file in parts if its format allows it, else as one part."""
    if isinstance(codec, SplittableCodec):
        return codec.read_parts(stream, parameters, file)
    return iter([FilePart(0, codec.open_body(stream.read(), parameters, file))])


def find_decoder(content_type: str) -> tuple[Codec, Mapping[str, str]]:
    """Return the codec of a content type, and the parameters of the content type.

    Raises UnsupportedContentType, which lists the supported types.
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
    """Return the encoder for an Accept header, and the content type of the response.

    No Accept header and `*/*` mean `default`. Raises NotAcceptable, which lists the types.
    """
    accepted = default if not accept or accept.strip() == "*/*" else accept
    if accepted in _OFFERED:
        return _OFFERED[accepted], accepted
    match = content_negotiation.choose_best(accepted, tuple(_OFFERED))
    if match is None:
        raise NotAcceptable(
            f"no answer can be written as {accepted[:120]!r}",
            remedy=f"Accept {_list_media_types(WRITERS)}",
        )
    media_type, parameters = match
    writer = _OFFERED[media_type]
    if (
        parameters.keys() & {"delimiter", "decimal"}
        and csv_dialect.parse_dialect(parameters) != csv_dialect.PLAIN
    ):
        raise NotAcceptable(
            f"no answer can be written as {accepted[:120]!r}",
            remedy="CSV is written with commas and decimal points",
        )
    if isinstance(writer, NamingWriter):
        name, _, value = writer.naming.partition("=")
        if parameters.get(name, "").lower() == value:
            return writer.named, f"{media_type}; {writer.naming}"
    return writer, media_type


def encode_table(encoder: Encoder, table: Table) -> bytes:
    """Serialize a table; sparse rows are made dense if the format has no sparse form."""
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
