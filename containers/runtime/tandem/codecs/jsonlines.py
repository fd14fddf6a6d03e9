"""JSON Lines: one JSON row a line, in any form that a row of `application/json` may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tandem.codecs import _instances as instances
from tandem.codecs._file_parts import FilePart, split_lines
from tandem.codecs.json import decode_utf8
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import Table
from tandem.errors import BadData, Location
from tandem.io.streams import Stream


class _JsonLines:
    media_types: tuple[str, ...] = ("application/jsonlines",)
    aliases: tuple[str, ...] = ("application/x-jsonlines", "application/jsonl", "jsonlines")
    border: bytes | None = b"\n"
    reads: str = "a row of `application/json` a line"
    writes: str = (
        '`{"score": 1.5}` or `{"score": [...]}` a line; features as `{"features": [...]}`; with'
        " `application/jsonlines; names=present` an object of all columns by name"
    )
    naming: str = "names=present"

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> RowSource:
        lines = decode_utf8(body, file).rstrip(" \t\r\n").split("\n")
        rows = []
        for index, line in enumerate(lines):
            where = Location(file, index + 1)
            if not line.strip():
                raise BadData("the row is empty", where=where)
            rows.append(instances.parse(line, where))
        return instances.make_source(rows, lambda index: Location(file, index + 1))

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        for before, body in split_lines(stream):
            try:
                source = self.open_body(body, parameters, file)
            except BadData as error:
                error.shift_rows(before)
                raise
            yield FilePart(before, source)

    def encode(self, table: Table) -> bytes:
        return "".join(f"{text}\n" for text in instances.format_objects(table)).encode()

    @property
    def named(self) -> _JsonLinesByName:
        return _JsonLinesByName()


class _JsonLinesByName:
    def encode(self, table: Table) -> bytes:
        return "".join(f"{text}\n" for text in instances.format_named_objects(table)).encode()


CODEC = _JsonLines()
