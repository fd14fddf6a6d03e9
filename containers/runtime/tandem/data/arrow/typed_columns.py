"""The source of named, typed columns: Parquet files and Arrow streams.

pyarrow is imported with the first such body: the import takes 0.2 seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.arrow.dictionaries import (
    are_categories,
    encode_categories,
    encode_distinct,
    is_text,
    read_categories,
)
from tandem.data.arrow.pandas_index import drop_index, find_index_columns
from tandem.data.arrow.text_cells import (
    decode_dictionary,
    format_column,
    is_number,
    make_type_error,
    read_finite_floats,
)
from tandem.data.categories import Categories
from tandem.data.column_names import IndexedSource
from tandem.data.rows.sparse_matrix import check_size
from tandem.data.schema.row_source import ColumnSource
from tandem.data.tables import ColumnRecords, NoRow, Records, Table, list_titles
from tandem.data.text.float_conversion import EMPTY_IS_MISSING, read_numbers, to_finite, to_float64
from tandem.errors import BadData, Location


@dataclass(frozen=True)
class TypedColumns(IndexedSource, ColumnSource):
    """A body of columns; `load` returns its Arrow table, `size` its stated (rows, columns).

    `what` names the format in errors. Index columns of pandas or Dask are not read, except `keep`.
    """

    load: Callable[[], Any]
    size: Callable[[], tuple[int, int]]
    what: str
    file: str | None = None
    keep: frozenset[str] = frozenset()

    def keep_index(self, names: Collection[str]) -> Self:
        """Return the same body, index columns of these names read like other columns."""
        return replace(self, keep=frozenset(names))

    @property
    def index(self) -> tuple[str, ...]:
        """The names of the index columns that are not read."""
        return tuple(
            name for name in find_index_columns(self._whole.schema) if name not in self.keep
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(self._loaded.column_names)

    @property
    def ordered(self) -> bool:
        """True: columns may also be read by position."""
        return True

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Read the columns as float64 of shape (rows, columns).

        Raises BadData naming row and column, and PayloadTooLarge in serving (with `width`).
        """
        table = self._load_table(limited=width is not None)
        names = table.column_names
        values = np.empty((table.num_rows, len(names)), dtype=np.float64)
        for index, name in enumerate(names):
            values[:, index] = self._read_numbers(name, table.column(index))
        return to_finite(values, lambda row, column: Location(self.file, row + 1, names[column]))

    def read_coded_matrix(
        self, categories: Categories, width: int | None = None, plain: int = 0
    ) -> FloatArray:
        """Read the columns as numbers of shape (rows, columns), columns of categories as codes.

        These are dictionary columns of texts, columns of codes described in the field's metadata,
        and columns in `categories`. The first `plain` columns are never categories. Raises BadData
        naming row and column.
        """
        table, new = self._load_table(limited=width is not None), categories.takes_new
        values = np.empty((table.num_rows, len(table.column_names)), dtype=np.float64)
        for index, name in enumerate(table.column_names):
            column = table.column(index)
            if index >= plain and are_categories(column, known=name in categories, new=new):
                words, indices = encode_distinct(column)
                values[:, index] = np.array([*categories.encode(name, words), np.nan])[indices]
                continue
            if (
                index >= plain
                and (listed := read_categories(table.schema.field(index))) is not None
            ):
                categories.add_listed(name, listed)
            values[:, index] = self._read_numbers(name, column)
        names = table.column_names
        return to_finite(values, lambda row, column: Location(self.file, row + 1, names[column]))

    def read_records(self, width: int | None = None) -> Records:
        """Read the columns as cells by name; the cells of an unsupported type are empty."""
        read = self.read_columns((), width)
        rows = list(zip(*read.columns, strict=True))
        return Records(
            rows, read.names, self.file, header=False, unreadable=read.unreadable, typed=read.typed
        )

    def read_columns(self, numbers: Collection[str], width: int | None = None) -> ColumnRecords:
        """Read the columns as cells, or those of `numbers` as numbers, but no infinite ones."""
        table = self._load_table(limited=width is not None)
        names = tuple(table.column_names)
        columns, errors, typed = list[Sequence[str]](), {}, set()
        read: dict[str, NDArray[np.float64]] = {}
        for name, column in zip(names, table.columns, strict=True):
            array = decode_dictionary(column)
            if is_number(array.type):
                typed.add(name)
                values = read_finite_floats(array) if name in numbers else None
                if values is not None:
                    read[name] = values
                    columns.append(())
                    continue
            texts = format_column(array)
            if texts is None:
                errors[name] = make_type_error(name, array.type, self.file, _USED)
            columns.append(texts or [""] * len(array))
        return ColumnRecords(
            ((),) * table.num_rows,
            names,
            self.file,
            header=False,
            unreadable=errors,
            typed=frozenset(typed),
            floats=read,
            columns=columns,
        )

    def _load_table(self, *, limited: bool) -> Any:
        if limited:
            with _translate_errors(self.what, self.file):
                check_size(*self.size())
        table = self._loaded
        if limited:
            check_size(table.num_rows, len(table.column_names))
        if not table.num_rows:
            raise NoRow("there is no row", where=Location(self.file))
        return table

    @cached_property
    def _loaded(self) -> Any:
        return drop_index(self._whole, self.keep, self.file)

    @cached_property
    def _whole(self) -> Any:
        with _translate_errors(self.what, self.file):
            table = self.load()
            table.validate(full=True)
        return table

    def _read_numbers(self, name: str, column: Any) -> FloatArray:
        import pyarrow.types as kinds

        array = decode_dictionary(column)
        kind = array.type
        if is_text(kind):
            texts = ["" if text is None else text for text in array.to_pylist()]

            def where(row: int) -> Location:
                return Location(self.file, row + 1, name)

            values = read_numbers(texts, EMPTY_IS_MISSING, where, booleans=True)
            return np.array(values, dtype=np.float64)
        if kinds.is_null(kind):
            return np.full(len(array), np.nan)
        if kinds.is_boolean(kind) or kinds.is_decimal(kind):
            return np.array(array.to_pylist(), dtype=np.float64)
        if kinds.is_integer(kind) or kinds.is_floating(kind):
            return to_float64(array.to_numpy(zero_copy_only=False))
        raise make_type_error(name, kind, self.file, _NUMBERS)


def read_batches(
    batches: Callable[[int], Iterator[Any]], what: str, file: str | None
) -> Iterator[tuple[int, TypedColumns]]:
    """Yield the record batches of a file as columns, each with the number of rows before it.

    `batches` returns record batches of at most so many cells. Raises BadData when the file is
    invalid or has no row.
    """
    import pyarrow as pa

    before = 0
    record_batches = batches(_CELLS)
    while True:
        with _translate_errors(what, file):
            batch = next(record_batches, None)
        if batch is None:
            break
        if batch.num_rows:
            table = pa.Table.from_batches([batch])
            yield before, TypedColumns(lambda table=table: table, lambda: (0, 0), what, file)  # type: ignore[misc]
            before += batch.num_rows
    if not before:
        raise NoRow("there is no row", where=Location(file))


_CELLS = 1 << 20
_NUMBERS = "Write it as numbers, texts or booleans"
_USED = "Write it as numbers, texts, booleans or dates, or leave it out of the recipe with 'drop'"


def to_arrow(table: Table) -> Any:
    """Convert a table to an Arrow table, its columns under their titles."""
    import pyarrow as pa

    arrays = [
        pa.array(column, pa.string()) if column.dtype == np.object_ else pa.array(column)
        for column in map(np.ascontiguousarray, table.list_columns())
    ]
    named = [
        pa.field(title, array.type, metadata=encode_categories(table.categories.get(title)))
        for title, array in zip(list_titles(table), arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(named))


@contextmanager
def _translate_errors(what: str, file: str | None) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadData(f"is not {what}", where=Location(file)) from error
