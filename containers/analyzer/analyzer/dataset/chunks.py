"""Parts of a data set: how often each cell stands in each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

ROWS = 1 << 16
"""The most rows of a part that is made of records."""


@dataclass(frozen=True)
class Chunk:
    """The counted cells of `rows` rows; a cell without a value is ''.

    With `positional`, names are `_c0`, `_c1` and so on, and the baseline's order decides. `file`
    has the parts of the file's path in the data set.
    """

    rows: int
    columns: Mapping[str, Mapping[str, int]]
    positional: bool = False
    file: tuple[str, ...] = ()


def name_position(index: int) -> str:
    """Return the name of the column at a 0-based position of data without names."""
    return f"_c{index}"


def count_records(records: Iterable[Mapping[str, str]], *, positional: bool) -> Iterator[Chunk]:
    """Yield the counts of at most `ROWS` records each; a key that is absent is no cell."""
    rows = 0
    columns: dict[str, Counter[str]] = {}
    for record in records:
        for name, cell in record.items():
            columns.setdefault(name, Counter())[cell] += 1
        rows += 1
        if rows == ROWS:
            yield Chunk(rows, columns, positional)
            rows, columns = 0, {}
    if rows:
        yield Chunk(rows, columns, positional)
