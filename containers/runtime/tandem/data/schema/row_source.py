"""The interfaces between a format, which reads a body, and a schema, which fixes its columns."""

from __future__ import annotations

from typing import Protocol

from tandem.data.arrays import FloatArray
from tandem.data.tables import Records, Table


class RowSource(Protocol):
    """A body in some format: what a codec offers a schema (see `tandem.codecs`).

    `names` are what the body itself calls the columns of `matrix`, where it does. `ordered` says
    whether their order means something as well, so that they may also be read by position.
    """

    @property
    def names(self) -> tuple[str, ...] | None:
        """What the body calls its columns; None where it does not."""

    @property
    def ordered(self) -> bool:
        """Whether the columns may be read by position."""

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Read the body as numbers only, shape (rows, columns).

        `width` is the model's: a format that leaves out what is missing makes its rows so wide, the
        others have a width of their own.
        """

    def read_records(self, width: int | None = None) -> Records:
        """Read the body as raw rows; `width`, the model's, is given in serving alone."""


class InputSchema(Protocol):
    """The input of a model."""

    def read(self, source: RowSource) -> Table:
        """Read a body. Raises BadData when it does not fit, naming row and column."""
