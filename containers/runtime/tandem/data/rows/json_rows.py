"""The source of rows of JSON scalars: texts (numbers are texts too), booleans and null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.data.arrays import FloatArray
from tandem.data.tables import Records
from tandem.data.text.float_conversion import EMPTY_IS_MISSING, read_number, read_numbers
from tandem.errors import BadData, Location, Locator


@dataclass(frozen=True)
class JsonRows:
    """Rows of JSON scalars by position, or by name if `names` is set.

    `where` returns the location of the row at an index.
    """

    rows: Sequence[Sequence[Any]]
    names: tuple[str, ...] | None
    where: Locator

    @property
    def ordered(self) -> bool:
        """Whether rows are lists; the members of a JSON object have no order."""
        return self.names is None

    def read_matrix(self, width: int | None = None) -> FloatArray:  # noqa: ARG002 - rows say it
        """Read numbers of shape (rows, columns). Raises BadData naming row and column."""
        columns = self._check_width()
        cells = [cell for row in self.rows for cell in row]
        try:
            flat = np.array([read_number(cell) for cell in cells], dtype=np.float64)
        except (TypeError, ValueError, AttributeError):
            texts = [self._to_text(index, "1", "0") for index in range(len(cells))]
            values = read_numbers(texts, EMPTY_IS_MISSING, self._locate, booleans=True)
            flat = np.array(values, dtype=np.float64)
        return flat.reshape(len(self.rows), columns)

    def read_records(self, width: int | None = None) -> Records:  # noqa: ARG002 - rows say it
        """Read raw rows: null is the empty cell, booleans are `true` and `false`."""
        columns = self._check_width()
        errors: dict[str, BadData] = {}
        indices = range(len(self.rows) * columns)
        try:
            texts = [self._to_text(index, "true", "false") for index in indices]
        except BadData:
            if self.names is None:
                raise
            texts = [self._read_cell(index, self.names, errors) for index in indices]
        rows = [texts[start : start + columns] for start in range(0, len(texts), columns or 1)]
        location = self.where(0)
        first = location.row or 1
        return Records(rows, self.names, location.file, first, header=False, unreadable=errors)

    def _check_width(self) -> int:
        width = len(self.rows[0])
        for index, row in enumerate(self.rows):
            if len(row) != width:
                raise BadData(
                    f"the row has {len(row)} values, and the first has {width}",
                    where=self.where(index),
                )
        return width

    def _read_cell(self, index: int, names: Sequence[str], errors: dict[str, BadData]) -> str:
        """Return a cell's text; an invalid cell is empty, and its error is added to `errors`."""
        try:
            return self._to_text(index, "true", "false")
        except BadData as error:
            errors.setdefault(names[index % len(names)], error)
            return ""

    def _to_text(self, index: int, true: str, false: str) -> str:
        row, column = divmod(index, len(self.rows[0]))
        cell = self.rows[row][column]
        if isinstance(cell, str):
            return cell
        if isinstance(cell, bool):
            return true if cell else false
        if cell is None:
            return ""
        raise BadData(
            "a value must be a number, a text, a boolean or null", where=self._locate(index)
        )

    def _locate(self, index: int) -> Location:
        row, column = divmod(index, len(self.rows[0]))
        location = self.where(row)
        name = str(column + 1) if self.names is None else self.names[column]
        return Location(location.file, location.row, name)
