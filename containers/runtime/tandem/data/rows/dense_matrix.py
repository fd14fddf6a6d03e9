"""The source of a binary format that stores a matrix of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.column_names import UnnamedSource
from tandem.data.tables import Records
from tandem.data.text.float_conversion import format_cells, to_finite
from tandem.errors import Location


@dataclass(frozen=True)
class DenseMatrix(UnnamedSource):
    """Numbers of shape (rows, columns) without names; the first row is row 1."""

    values: NDArray[Any]
    file: str | None = None

    def read_matrix(self, width: int | None = None) -> FloatArray:  # noqa: ARG002 - rows say it
        """Return the numbers as float64. Raises BadData for an infinite one."""
        return to_finite(
            self.values, lambda row, column: Location(self.file, row + 1, str(column + 1))
        )

    def read_records(self, width: int | None = None) -> Records:  # noqa: ARG002 - rows say it
        """Return the numbers as cells by position."""
        columns = [format_cells(column) for column in self.read_matrix().T]
        return Records(list(zip(*columns, strict=True)), file=self.file, header=False, numeric=True)
