"""Typed columns with names, as Parquet and Arrow hold them.

pyarrow is imported when the first such body comes: it costs a fifth of a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tandem.data.categories import Categories
from tandem.data.numerals import EMPTY_IS_MISSING, cells, finite, numbers
from tandem.data.sparse import check_size
from tandem.data.tables import Numbers, Records, Table, titles
from tandem.errors import BadData, Where


@dataclass(frozen=True)
class Columns:
    """A body of columns; `load` gives its Arrow table, `size` what it states to hold."""

    load: Callable[[], Any]
    size: Callable[[], tuple[int, int]]
    what: str
    file: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        return tuple(self._loaded.column_names)

    @property
    def ordered(self) -> bool:
        """Columns have a position too."""
        return True

    def matrix(self, width: int | None = None) -> Numbers:
        """Read the columns as numbers, in their order. Raises BadData naming row and column."""
        table = self._table(limited=width is not None)
        names = table.column_names
        values = np.empty((table.num_rows, len(names)), dtype=np.float64)
        for index, name in enumerate(names):
            values[:, index] = self._numbers(name, table.column(index))
        return finite(values, lambda row, column: Where(self.file, row + 1, names[column]))

    def coded(self, categories: Categories, width: int | None = None, plain: int = 0) -> Numbers:
        """Read the columns as numbers, and those of categories as codes.

        Categories are dictionary columns of texts, columns of numbers whose field says in its
        metadata what the codes mean, and what `categories` knows to be some. Raises BadData naming
        row and column.
        """
        table, new = self._table(limited=width is not None), categories.takes_new
        values = np.empty((table.num_rows, len(table.column_names)), dtype=np.float64)
        for index, name in enumerate(table.column_names):
            column = table.column(index)
            if index >= plain and _are_categories(column, known=name in categories, new=new):
                words, places = _different(column)
                values[:, index] = np.array([*categories.codes(name, words), np.nan])[places]
                continue
            if index >= plain and (listed := _announced(table.schema.field(index))) is not None:
                categories.announce(name, listed)
            values[:, index] = self._numbers(name, column)
        names = table.column_names
        return finite(values, lambda row, column: Where(self.file, row + 1, names[column]))

    def records(self, width: int | None = None) -> Records:
        """Read the columns as raw cells, by name."""
        table = self._table(limited=width is not None)
        names = tuple(table.column_names)
        columns = [self._cells(name, table.column(i)) for i, name in enumerate(names)]
        return Records(list(zip(*columns, strict=True)), names, self.file, header=False)

    def _table(self, *, limited: bool) -> Any:
        if limited:
            with self._readable():
                check_size(*self.size())
        table = self._loaded
        if limited:
            check_size(table.num_rows, len(table.column_names))
        if not table.num_rows:
            raise BadData("there is no row", where=Where(self.file))
        return table

    @cached_property
    def _loaded(self) -> Any:
        with self._readable():
            table = self.load()
            table.validate(full=True)
        return table

    @contextmanager
    def _readable(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BadData(f"is not {self.what}", where=Where(self.file)) from error

    def _numbers(self, name: str, column: Any) -> Numbers:
        import pyarrow.types as kinds

        plain = _plain(column)
        kind = plain.type
        if _is_text(kind):
            texts = ["" if text is None else text for text in plain.to_pylist()]
            found = numbers(texts, EMPTY_IS_MISSING, lambda row: Where(self.file, row + 1, name))
            return np.array(found, dtype=np.float64)
        if kinds.is_null(kind):
            return np.full(len(plain), np.nan)
        if kinds.is_boolean(kind) or kinds.is_decimal(kind):
            return np.array(plain.to_pylist(), dtype=np.float64)
        if kinds.is_integer(kind) or kinds.is_floating(kind):
            return np.asarray(plain.to_numpy(zero_copy_only=False), dtype=np.float64)
        raise self._strange(name, kind)

    def _cells(self, name: str, column: Any) -> list[str]:
        import pyarrow.types as kinds

        plain = _plain(column)
        kind = plain.type
        if kinds.is_floating(kind):
            return cells(self._numbers(name, column))
        if kinds.is_boolean(kind):
            return [_TRUTH[value] for value in plain.to_pylist()]
        if _is_text(kind) or kinds.is_integer(kind) or kinds.is_decimal(kind):
            return ["" if value is None else str(value) for value in plain.to_pylist()]
        if kinds.is_null(kind):
            return [""] * len(plain)
        raise self._strange(name, kind)

    def _strange(self, name: str, kind: object) -> BadData:
        return BadData(
            f"the column holds values of the type {str(kind)[:40]}",
            where=Where(self.file, None, name),
            remedy="Write it as numbers, texts or booleans",
        )


# The key in the metadata of an Arrow field under which a column of codes lists its categories.
_CATEGORIES = "categories"
_TRUTH = {True: "true", False: "false", None: ""}


def arrow_table(table: Table) -> Any:
    """Give the columns of an answer as an Arrow table, under their titles."""
    import pyarrow as pa

    arrays = [
        pa.array(column, pa.string()) if column.dtype == np.object_ else pa.array(column)
        for column in map(np.ascontiguousarray, table.columns())
    ]
    named = [
        pa.field(title, array.type, metadata=_described(table.categories.get(title)))
        for title, array in zip(titles(table), arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(named))


def _described(categories: Sequence[str] | None) -> dict[str, str] | None:
    if categories is None:
        return None
    return {_CATEGORIES: json.dumps(list(categories), ensure_ascii=False)}


def _are_categories(column: Any, *, known: bool, new: bool) -> bool:
    import pyarrow.types as kinds

    kind = column.type
    if kinds.is_dictionary(kind):
        return (known or new) and _is_text(kind.value_type)
    return known and _is_text(kind)


def _different(column: Any) -> tuple[list[str | None], Any]:
    """Give a column's different texts, and each row's place among them; -1 is none."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = column.type
    if not kinds.is_dictionary(kind):
        column = column.cast(pa.string()).dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], kind)
    return array.dictionary.to_pylist(), array.indices.fill_null(-1).to_numpy().astype(np.int64)


def _announced(field: Any) -> list[str] | None:
    text = (field.metadata or {}).get(_CATEGORIES.encode())
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(t, str) for t in found) else None


def _plain(column: Any) -> Any:
    import pyarrow.types as kinds

    array = column.combine_chunks()
    return array.dictionary_decode() if kinds.is_dictionary(array.type) else array


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))
