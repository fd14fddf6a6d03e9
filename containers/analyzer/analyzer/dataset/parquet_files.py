"""Parquet files in batches, every value as the text of a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analyzer.dataset.cells import to_cell
from analyzer.dataset.chunks import ROWS, Chunk
from tandem.errors import BadData, Location

_BUFFER = 1 << 18


def read_parquet(path: Path) -> Iterator[Chunk]:
    """Yield the counted cells of a file.

    Raises BadData when it is damaged or has nested columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # By default pyarrow keeps what it has read of a file until its end.
        with pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
            for batch in file.iter_batches(ROWS, use_threads=False):
                columns = {
                    name: _count_values(path, name, batch.column(index))
                    for index, name in enumerate(batch.schema.names)
                }
                yield Chunk(batch.num_rows, columns)
    except pa.ArrowInvalid as error:
        raise BadData("is no Parquet file", where=Location(file=path.name)) from error


def _count_values(path: Path, name: str, column: Any) -> dict[str, int]:
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        raise BadData(
            "holds lists or structures",
            where=Location(file=path.name, column=name),
            remedy="Write one column for each of their values",
        )
    pairs = column.value_counts()
    counts: Counter[str] = Counter()
    for value, count in zip(
        pairs.field("values").to_pylist(), pairs.field("counts").to_pylist(), strict=True
    ):
        counts["" if value != value else to_cell(value)] += count  # noqa: PLR0124 (NaN)
    return counts
