"""Apache Arrow, as an IPC stream: the columns of Parquet, ready for use in memory."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from tandem.data.columns import Columns, arrow_table
from tandem.data.tables import Table


class _Arrow:
    media_types: tuple[str, ...] = ("application/vnd.apache.arrow.stream",)
    aliases: tuple[str, ...] = ("arrow",)
    border: bytes | None = None
    reads: str = "an IPC stream of the columns that `application/x-parquet` has"
    writes: str = "an IPC stream, its columns as in `application/x-parquet`"

    def source(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> Columns:
        def load() -> Any:
            import pyarrow as pa

            with pa.ipc.open_stream(body) as stream:
                return stream.read_all()

        return Columns(load, lambda: (0, 0), "an Arrow IPC stream", file)

    def encode(self, table: Table) -> bytes:
        import pyarrow as pa

        columns = arrow_table(table)
        out = io.BytesIO()
        with pa.ipc.new_stream(out, columns.schema) as stream:
            stream.write_table(columns)
        return out.getvalue()


CODEC = _Arrow()
