"""Text to number: the one place where a cell becomes a float, in training and in serving."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tandem.errors import BadData, Where

NAN = math.nan


def number(cell: str, missing: frozenset[str] = frozenset({""})) -> float:
    """Read one cell: NaN when it is one of `missing`.

    Raises ValueError for a word, for digits grouped by underscores (which Python would read), and
    for infinity, which no model here can take.
    """
    if cell in missing:
        return NAN
    value = float(cell)
    if "_" in cell or math.isinf(value):
        raise ValueError(cell)
    return value


def numbers(
    cells: Sequence[str], missing: frozenset[str], where: Callable[[int], Where]
) -> list[float]:
    """Read a run of cells; `where` gives the address of the cell at an index.

    Raises BadData for the first cell that is no number. The cell itself is not quoted: logs and
    failure reasons must not carry rows of the user's data.
    """
    values = []
    for index, cell in enumerate(cells):
        try:
            values.append(number(cell.strip(), missing))
        except ValueError as error:
            raise _complaint(cell.strip(), where(index)) from error
    return values


def _complaint(cell: str, where: Where) -> BadData:
    if "inf" in cell.lower():
        return BadData("the value is infinite", where=where, remedy="Leave the cell empty")
    what = "is a word" if cell[:1].isalpha() else "is not a number"
    return BadData(f"a number is expected, and the value {what}", where=where)
