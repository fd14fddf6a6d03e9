"""CSV files in blocks, every cell as its text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from analyzer.dataset.chunks import Chunk, name_position
from tandem.errors import BadData, Location

_BLOCK = 1 << 22


def read_csv(path: Path, *, header: bool) -> Iterator[Chunk]:
    """Yield the counted cells of a file in blocks of 4 MiB.

    Raises BadData when rows differ in length, a name stands twice, or the text is not UTF-8.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    first = _read_first_row(path)
    if not first:
        return
    names = first if header else [name_position(index) for index in range(len(first))]
    _check_names(path, names)
    try:
        blocks = arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                column_names=names,
                skip_rows_after_names=int(header),
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
        for block in blocks:
            yield Chunk(block.num_rows, count_columns(block), positional=not header)
    except pa.ArrowInvalid as error:
        raise BadData(
            "is no CSV table of one width in UTF-8", where=Location(file=path.name)
        ) from error


def count_columns(block: Any) -> dict[str, dict[str, int]]:
    """Return the counts of each column's texts in an Arrow record batch of strings."""
    return {
        name: _count_texts(block.column(index)) for index, name in enumerate(block.schema.names)
    }


def _count_texts(column: Any) -> dict[str, int]:
    pairs = column.value_counts()
    return dict(
        zip(pairs.field("values").to_pylist(), pairs.field("counts").to_pylist(), strict=True)
    )


def _read_first_row(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise BadData("is not UTF-8", where=Location(file=path.name)) from error


def _check_names(path: Path, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadData(
            f"has two columns of the name {twice!r}",
            where=Location(file=path.name, row=1),
            remedy="Give each column a name of its own",
        )
