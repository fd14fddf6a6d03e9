"""Apache Parquet: columns by name for records, by position for a matrix."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from tandem.codecs._file_parts import FilePart
from tandem.data.arrow.typed_columns import TypedColumns, read_batches, to_arrow
from tandem.data.tables import Table
from tandem.io.streams import Stream

_BUFFER = 1 << 18


class _Parquet:
    media_types: tuple[str, ...] = ("application/x-parquet", "application/vnd.apache.parquet")
    aliases: tuple[str, ...] = ("parquet",)
    border: bytes | None = None
    reads: str = (
        "columns of numbers, texts, booleans, dictionaries and decimals, in records dates and times"
        " too; by name where the model has column names, else by position, the label first in"
        " training; the index of a pandas or Dask data frame is left out, unless the model or the"
        " recipe names it"
    )
    writes: str = (
        "columns `score`, or `score_0`, `score_1` and so on, or the named outputs; features under"
        " their names, after the label under its own"
    )

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> TypedColumns:
        def load() -> Any:
            return _open(body).read(use_threads=False)

        def size() -> tuple[int, int]:
            metadata = _open(body).metadata
            return metadata.num_rows, metadata.num_columns

        return TypedColumns(load, size, "a Parquet file", file)

    def read_parts(
        self, stream: Stream, _: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        def batches(cells: int) -> Iterator[Any]:
            import pyarrow.parquet as pq

            whole = stream if stream.seekable() else io.BytesIO(stream.read())
            parquet = pq.ParquetFile(whole, buffer_size=_BUFFER, pre_buffer=False)
            rows = max(1, cells // max(1, parquet.metadata.num_columns))
            yield from parquet.iter_batches(rows, use_threads=False)

        for before, source in read_batches(batches, "a Parquet file", file):
            yield FilePart(before, source)

    def encode(self, table: Table) -> bytes:
        import pyarrow.parquet as pq

        out = io.BytesIO()
        pq.write_table(to_arrow(table), out, write_statistics=False)
        return out.getvalue()


def _open(body: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(body))


CODEC = _Parquet()
