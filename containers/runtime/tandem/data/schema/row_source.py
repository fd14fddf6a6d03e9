"""The interfaces between a format, which reads a body, and a schema, which fixes its columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from tandem.data.arrays import FloatArray
from tandem.data.tables import ColumnRecords, Records, Table


class RowSource(Protocol):
    """A body in some format, as a codec opens it (see `tandem.codecs`)."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """The column names of the body; None when it has none."""

    @property
    def ordered(self) -> bool:
        """Whether the columns may also be read by position."""

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Read the body as numbers of shape (rows, columns), missing is NaN.

        `width`, given in serving, is the number of the model's columns: sparse formats make rows
        that wide. Raises BadData when a value is not a number.
        """

    def read_records(self, width: int | None = None) -> Records:
        """Read the body as raw rows; `width` is the number of the model's columns, in serving."""


class LineSource:
    """Base class of sources whose body may be lines of cells.

    Not an abstract base class: see `tandem.data.column_names.IndexedSource`.
    """

    @property
    def lines(self) -> bytes | None:
        """The rows as UTF-8 lines of cells between commas, without a declared header, else None.

        A cell in quotation marks is not read yet, and the last line break is optional.
        """
        raise NotImplementedError

    @property
    def may_have_header(self) -> bool:
        """Whether the first of the lines may hold column names."""
        raise NotImplementedError


class ColumnSource:
    """Base class of sources whose columns have types, so that numbers need not become cells.

    Not an abstract base class: see `tandem.data.column_names.IndexedSource`.
    """

    def read_columns(self, numbers: Collection[str], width: int | None = None) -> ColumnRecords:
        """Read the body as raw columns; `width` is the number of the model's columns, in serving.

        Of the columns in `numbers`, those with a type of numbers are read as float64, with the bits
        that their cells are read to.
        """
        raise NotImplementedError


class InputSchema(Protocol):
    """The columns that a model reads."""

    def read(self, source: RowSource) -> Table:
        """Read a body. Raises BadData, naming row and column, when it does not fit the model."""
