"""The training channel as raw cells, before any column type is inferred."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tandem.codecs.training_channel import read_records as records_of
from tandem.codecs.training_channel import warn_of_empty
from tandem.contract.training_job import Channel
from tandem.data.summaries.column_summary import ColumnSummary, count_cells
from tandem.data.tables import Records
from tandem.data.text import header_row
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import BadData, Location, UserError, did_you_mean, join_words


@dataclass(frozen=True)
class ChannelRecords:
    """The records of a channel in memory: `files`, all with the same header `names`."""

    names: tuple[str, ...]
    files: tuple[Records, ...]

    @property
    def rows(self) -> int:
        """Number of rows in all files."""
        return sum(len(file.rows) for file in self.files)

    def list_cells(self, name: str) -> list[str]:
        """Return the cells of a column, in the order of the files and rows."""
        position = self.names.index(name)
        return [row[position] for file in self.files for row in file.rows]

    def summarize(
        self, name: str, missing: frozenset[str], number_format: NumberFormat | None = None
    ) -> ColumnSummary:
        """Return the summary of a column; numbers in a `number_format` count in plain digits."""
        if number_format is None:
            return count_cells(self.list_cells(name), missing)
        position = self.names.index(name)
        cells = (
            cell
            for file in self.files
            for cell in number_format.convert_cells(
                [row[position] for row in file.rows], missing, typed=name in file.typed
            )
        )
        return count_cells(list(cells), missing)

    def check_readable(self, name: str) -> None:
        """Raise BadData when a column holds values of an unsupported type."""
        for file in self.files:
            file.check_readable((name,))

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the location of the first cell for which `is_wrong` is true."""
        cells = self.list_cells(column)
        index = next((index for index, cell in enumerate(cells) if is_wrong(cell)), None)
        return Location(column=column) if index is None else self.locate(index, column)

    def locate(self, index: int, column: str) -> Location:
        """Return the file and row of a row index that counts from 0 over all files."""
        for file in self.files:
            if index < len(file.rows):
                return Location(file.file, file.row_number(index), column)
            index -= len(file.rows)
        return Location(column=column)


def read_channel(channel: Channel) -> ChannelRecords:
    """Read a channel whose files name their columns; files without rows are left out.

    Raises UserError when there is no file. Raises BadData when no file has a row, when a header has
    an empty or duplicate name, or when it differs from the first file's.
    """
    files = tuple(_read_files(channel))
    names = files[0].names or ()
    for file in files[1:]:
        if file.names != names:
            raise BadData(
                f"has another header than {files[0].file}", where=Location(file.file, row=1)
            )
    return ChannelRecords(names, files)


def require_column(
    names: Sequence[str], column: str, what: str, where: Location | None = None
) -> None:
    """Raise UserError, with the most similar name, when `column` is not among `names`."""
    if column not in names:
        hint = did_you_mean(column, names)
        raise UserError(
            f"{what} {column!r} is not in the header of the training data"
            + (f"; {hint}" if hint else ""),
            where=where,
            remedy=""
            if hint
            else f"The first row names {join_words(names[:8])}"
            + (" and more" if len(names) > 8 else ""),
        )


def _read_files(channel: Channel) -> Iterator[Records]:
    found, empty = False, []
    for unnamed in records_of(channel):
        records = name_columns(unnamed)
        header_row.check_header(records.names or (), Location(records.file, row=1), records.rows)
        for part in (
            split_at_headers(records) if channel.is_stream and records.header else (records,)
        ):
            if part.rows:
                found = True
                yield part
            else:
                empty.append(part.file or "")
    if not found:
        raise BadData("there is no row below the header", where=Location(empty[0]))
    warn_of_empty(empty)


def split_at_headers(records: Records) -> Iterator[Records]:
    """Split a stream of concatenated files at each repeated header row."""
    header = [cell.strip() for cell in records.names or ()]
    begin = 0
    for end, row in enumerate(records.rows):
        # A file of the stream may begin with a byte order mark.
        first, *others = (cell.strip() for cell in row)
        if [first.removeprefix("\ufeff"), *others] == header:
            yield _slice_records(records, begin, end)
            begin = end + 1
    yield _slice_records(records, begin, len(records.rows))


def _slice_records(records: Records, begin: int, end: int) -> Records:
    return replace(records, rows=records.rows[begin:end], first_row=records.first_row + begin)


def name_columns(records: Records) -> Records:
    """Return the records with column names, taken from the first row if the format has none."""
    if records.names is not None:
        return replace(records, names=tuple(map(str.strip, records.names)))
    if not records.header:
        raise BadData(
            "the columns have no names",
            where=Location(records.file),
            remedy="Training data needs a header row, or rows that name their values",
        )
    header = tuple(cell.strip() for cell in records.rows[0])
    header_row.check_no_numbers(header, Location(records.file, records.first_row))
    return Records(records.rows[1:], header, records.file, records.first_row + 1)
