"""A data set as columns of raw cells: a CSV file with a header, or a Parquet file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local_test.errors import UserError

Rows = NDArray[np.intp]
MISSING = frozenset({"", "NA"})
"""Cells that the preprocessor takes for missing."""


@dataclass(frozen=True)
class TabularFile:
    """A data set in memory; `cells` is a pyarrow table, of strings where it comes from CSV."""

    cells: Any
    parquet: bool

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.cells.column_names)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.cells.num_rows)

    @property
    def content_type(self) -> str:
        """The media type of the files that `write` writes."""
        return "application/x-parquet" if self.parquet else "text/csv"

    @property
    def suffix(self) -> str:
        """The suffix of the files that `write` writes."""
        return ".parquet" if self.parquet else ".csv"

    def read_texts(self, column: str) -> list[str]:
        """Return the cells of a column as texts without blanks around; "" is missing."""
        cells = self.cells.column(column).to_pylist()
        texts = ("" if cell is None else str(cell).strip() for cell in cells)
        return ["" if text in MISSING else text for text in texts]

    def select(self, rows: Rows) -> "TabularFile":
        """Return the rows of these numbers, in this order."""
        return TabularFile(self.cells.take(rows), self.parquet)

    def write(self, path: Path) -> None:
        """Write the rows as they were read."""
        if self.parquet:
            from pyarrow import parquet

            parquet.write_table(self.cells, path)
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.columns)
            columns = [self.cells.column(name).to_pylist() for name in self.columns]
            writer.writerows(zip(*columns, strict=True))


def read_file(path: Path) -> TabularFile:
    """Read a data set. Raises UserError when it is not readable, or has no column or row twice."""
    if not path.is_file():
        raise UserError(f"there is no file {path}", "give a CSV or Parquet file")
    read = _read_parquet if path.read_bytes()[:4] == b"PAR1" else _read_csv
    found = read(path)
    _check_names(path, found.columns)
    if not found.rows:
        raise UserError(f"{path} has no rows", "give a file with a header and rows")
    return found


def join_files(files: Sequence[TabularFile]) -> TabularFile:
    """Return the rows of all files. Raises UserError when their columns or formats differ."""
    first = files[0]
    for other in files[1:]:
        if other.columns != first.columns or other.parquet != first.parquet:
            raise UserError(
                "the input files have different columns or formats", "give files with one header"
            )
    import pyarrow as pa

    return TabularFile(pa.concat_tables([one.cells for one in files]), first.parquet)


def _read_csv(path: Path) -> TabularFile:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
        with path.open("rb") as raw:
            cells = arrow_csv.read_csv(
                raw,
                read_options=arrow_csv.ReadOptions(column_names=header, skip_rows=1),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
                ),
            )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{path} is not a CSV file separated by commas: {error}", "mend the file"
        ) from error
    if len(header) < 2:
        raise UserError(
            f"{path} has one column in its header", "give a CSV file separated by commas"
        )
    return TabularFile(cells, parquet=False)


def _read_parquet(path: Path) -> TabularFile:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return TabularFile(parquet.read_table(path), parquet=True)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path} is not a readable Parquet file: {error}") from error


def _check_names(path: Path, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        which = f"the column {twice[0]!r} twice" if twice else "a column without a name"
        raise UserError(f"{path} has {which}", "give each column a name of its own")
