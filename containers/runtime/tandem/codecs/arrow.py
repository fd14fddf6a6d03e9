"""Apache Arrow IPC streams: the same columns as in Parquet files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from tandem.codecs._file_parts import FilePart
from tandem.data.arrow.typed_columns import TypedColumns, read_batches, to_arrow
from tandem.data.tables import Table
from tandem.io.streams import Stream


class _Arrow:
    media_types: tuple[str, ...] = ("application/vnd.apache.arrow.stream",)
    aliases: tuple[str, ...] = ("arrow",)
    border: bytes | None = None
    reads: str = "an IPC stream of the columns that `application/x-parquet` has"
    writes: str = "an IPC stream, its columns as in `application/x-parquet`"

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> TypedColumns:
        def load() -> Any:
            import pyarrow as pa

            with pa.ipc.open_stream(body) as stream:
                return stream.read_all()

        return TypedColumns(load, lambda: (0, 0), "an Arrow IPC stream", file)

    def read_parts(
        self, stream: Stream, _: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        def batches(cells: int) -> Iterator[Any]:
            import pyarrow as pa

            with pa.ipc.open_stream(stream) as opened:
                rows = max(1, cells // max(1, len(opened.schema)))
                for batch in opened:
                    yield from (
                        batch.slice(start, rows) for start in range(0, batch.num_rows, rows)
                    )

        for before, source in read_batches(batches, "an Arrow IPC stream", file):
            yield FilePart(before, source)

    def encode(self, table: Table) -> bytes:
        import pyarrow as pa

        columns = to_arrow(table)
        out = io.BytesIO()
        with pa.ipc.new_stream(out, columns.schema) as stream:
            stream.write_table(columns)
        return out.getvalue()


CODEC = _Arrow()
