"""The input of a model that reads a matrix: number columns in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tandem.data.arrays import FloatArray
from tandem.data.categories import Categories, CategorySource
from tandem.data.column_names import IndexedSource, find_column_order
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import Table
from tandem.data.text import header_row
from tandem.errors import BadData, Location


def make_width_error(columns: int, width: int, names: Sequence[str] | None = None) -> BadData:
    """Return the error for rows of `columns` columns when the model has `width` features `names`.

    Its location is the first missing or surplus column.
    """
    first = min(columns, width)
    column = names[first] if names and first < width else str(first + 1)
    return BadData(
        f"a row has {columns} columns and the model has {width} features",
        where=Location(row=1, column=column),
        remedy="Send the features alone, without the label, in the order of training; in a pipeline"
        " TANDEM_LABEL=drop leaves the label out",
    )


@dataclass(frozen=True)
class MatrixSchema:
    """`width` number columns in the order of the training data, with `names` if that had names.

    A body that names its columns may have them in any order. `categories` are those of columns of
    codes, by name: a format with texts may send the texts instead.
    """

    width: int
    names: tuple[str, ...] | None = None
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def read(self, source: RowSource) -> Table:
        """Read a body of numbers into a table of shape (rows, width).

        Raises BadData when the width or the names differ from the model's, or when values by name
        are sent to a model without names.
        """
        if isinstance(source, IndexedSource):
            source = source.keep_index(self.names or ())
        values = self._read_numbers(source)
        names = source.names
        if names is not None and self.names is not None:
            order = find_column_order(names, self.names, Location())
            return Table(values if order is None else values[:, order])
        if not source.ordered:
            raise BadData(
                "the row gives its values by name, and this model knows no names",
                where=Location(row=1),
                remedy="Send the values alone, in the order of training",
            )
        if values.shape[1] != self.width:
            raise self._make_width_error(values)
        return Table(values)

    def _make_width_error(self, values: FloatArray) -> BadData:
        error = make_width_error(values.shape[1], self.width, self.names)
        if values.shape[1] == self.width + 1 and np.isnan(values[:, -1]).all():
            error.remedy = f"The last column is empty in every row. {header_row.LAST_COMMA}"
        return error

    def _read_numbers(self, source: RowSource) -> FloatArray:
        if self.categories and isinstance(source, CategorySource):
            return source.read_coded_matrix(self._codes, self.width)
        return source.read_matrix(self.width)

    @cached_property
    def _codes(self) -> Categories:
        return Categories(self.categories)
