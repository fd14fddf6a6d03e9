"""What a column is, found out from its cells. Every decision carries its reason.

A column of numbers with a few words in it is refused, not guessed at; so is one of dates, and one
whose dates do not say whether the day or the month comes first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from preprocessor.steps import dates
from tandem.data.numerals import number
from tandem.errors import BadData, Where

LEFT_OUT = ("identifier", "constant", "empty")

_IDENTIFIER_NAME = re.compile(r"(?i:(^|[_\s-])(id|uuid|key|index)$)|[a-z](Id|ID)$")
_IDENTIFIER_ROWS = 20
# Share of numbers from which on a word among them is taken for a mistake.
_MOSTLY = 0.9


@dataclass(frozen=True)
class Inferred:
    """What a column is: one of `TYPES`, or one of `LEFT_OUT`, and why."""

    type: str
    reason: str


def infer(name: str, cells: Sequence[str], missing: frozenset[str]) -> Inferred:
    """Decide what a column is.

    Raises BadData, its row being the index of the cell, for a word in a column of numbers.
    """
    present = [cell for cell in cells if cell not in missing]
    distinct = len(set(present))
    if not present:
        return Inferred("empty", "every value is missing")
    if distinct == 1 and len(present) == len(cells):
        return Inferred("constant", "one value in every row")
    numeric = _is_number(name, cells, missing, len(present))
    if not numeric and _is_date(name, cells, missing, len(present)):
        return Inferred("datetime", "every value is a date")
    if _is_identifier(name, len(cells), distinct, numeric=numeric):
        return Inferred("identifier", "another value in every row")
    if numeric:
        return Inferred("number", "every value is a number")
    return Inferred("category", f"{distinct} different texts")


def _is_number(name: str, cells: Sequence[str], missing: frozenset[str], present: int) -> bool:
    words = [index for index, cell in enumerate(cells) if not _reads(cell, missing)]
    if words and len(words) <= (1 - _MOSTLY) * present:
        raise BadData(
            f"a word stands among numbers ({present - len(words)} of {present} values are numbers)",
            where=Where(row=words[0], column=name),
            remedy="Mend the cell, name it in 'missing_values', or say what the column is in"
            f' \'columns\', as {{"{name}": "category"}}',
        )
    return not words


def _is_date(name: str, cells: Sequence[str], missing: frozenset[str], present: int) -> bool:
    found = {index: cell.strip() for index, cell in enumerate(cells) if cell not in missing}
    shaped = [index for index, cell in found.items() if dates.looks(cell)]
    if len(shaped) < _MOSTLY * present:
        return False
    asked = f'"{name}": {{"type": "datetime", "parse": '
    try:
        read = dates.reader("auto", UTC, dates.proven_order(found.values()))
    except ValueError as error:
        raise BadData(
            str(error),
            where=Where(row=shaped[0], column=name),
            remedy=f"Say it in 'columns', as {{{asked}\"{dates.DAY_FIRST}\"}}}}",
        ) from error
    words = [index for index, cell in found.items() if not dates.reads(read, cell)]
    if words:
        raise BadData(
            f"a text stands among dates ({present - len(words)} of {present} values are dates)",
            where=Where(row=words[0], column=name),
            remedy="Mend the cell, name it in 'missing_values', or say in 'columns' that it is as"
            f' good as missing: {{{asked}{{"unparsable": "missing"}}}}}}',
        )
    return True


def _reads(cell: str, missing: frozenset[str]) -> bool:
    try:
        number(cell.strip(), missing)
    except ValueError:
        return False
    return True


def _is_identifier(name: str, rows: int, distinct: int, *, numeric: bool) -> bool:
    if distinct < rows or rows < _IDENTIFIER_ROWS:
        return False
    return not numeric or bool(_IDENTIFIER_NAME.search(name))
