"""Apache Parquet: columns by name for records, by position for a matrix."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from tandem.data.columns import Columns, arrow_table
from tandem.data.tables import Table


class _Parquet:
    media_types: tuple[str, ...] = ("application/x-parquet", "application/vnd.apache.parquet")
    aliases: tuple[str, ...] = ("parquet",)
    border: bytes | None = None
    reads: str = (
        "columns of numbers, texts, booleans, dictionaries and decimals; by name where the model"
        " has column names, else by position, the label first in training"
    )
    writes: str = (
        "columns `score`, or `score_0`, `score_1` and so on, or the named outputs; features under"
        " their names, after the label under its own"
    )

    def source(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> Columns:
        def load() -> Any:
            return _opened(body).read(use_threads=False)

        def size() -> tuple[int, int]:
            metadata = _opened(body).metadata
            return metadata.num_rows, metadata.num_columns

        return Columns(load, size, "a Parquet file", file)

    def encode(self, table: Table) -> bytes:
        import pyarrow.parquet as pq

        out = io.BytesIO()
        pq.write_table(arrow_table(table), out, write_statistics=False)
        return out.getvalue()


def _opened(body: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(body))


CODEC = _Parquet()
