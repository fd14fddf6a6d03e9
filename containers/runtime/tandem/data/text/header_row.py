"""Mistakes in a header row, each with a remedy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tandem.data.arrays import FloatArray
from tandem.data.text import csv_dialect
from tandem.errors import BadData, Location, join_words
from tandem.logs import logger

NO_INDEX = "pandas writes its index like this: leave it out with to_csv(index=False)"
LAST_COMMA = "Remove the comma at the end of every line"
DECLARED = "the content type 'text/csv; header=present'"
# The first row of fewer columns may well be 0,1 or 0,1,2 by chance.
_NUMBERED = 4


def check_header(names: Sequence[str], at: Location, rows: Sequence[Sequence[str]] = ()) -> None:
    """Raise BadData when a column has no name or two columns have the same name.

    Also when there is one column only and its name and first `rows` contain another delimiter.
    """
    if len(names) == 1 and (declares := csv_dialect.suggest_dialect([names, *rows[:3]])):
        raise BadData("the header names one column alone", where=at, remedy=declares)
    check_all_named(names, at)
    check_unique(names, at)


def check_all_named(names: Sequence[str], at: Location) -> None:
    """Raise BadData when a column has no name."""
    if "" in names:
        raise BadData(
            f"column {names.index('') + 1} has no name", where=at, remedy=_suggest_names(names)
        )


def check_unique(names: Sequence[str], at: Location) -> None:
    """Raise BadData when two columns have the same name."""
    if len(set(names)) == len(names):
        return
    repeated = sorted({name for name in names if names.count(name) > 1})
    positions = [str(index + 1) for index, name in enumerate(names) if name == repeated[0]]
    raise BadData(
        f"the header names {join_words([name[:60] for name in repeated[:8]])} more than once",
        where=at,
        remedy=f"Give each of the columns {join_words(positions)} a name of its own",
    )


def check_no_numbers(names: Sequence[str], at: Location) -> None:
    """Raise BadData when a name is a number and no header is declared."""
    numbers = [index for index, name in enumerate(names) if is_number(name)]
    if numbers:
        raise BadData(
            f"the first row has a number in column {numbers[0] + 1}, and a header is expected",
            where=at,
            remedy=csv_dialect.suggest_dialect([names])
            or f"Put a row of column names above the data, or declare {DECLARED} where"
            " columns are named by numbers",
        )


def explain_no_header(first: Sequence[str]) -> str:
    """Return a sentence why a first row with words is not a header; empty when it has no words.

    An undeclared header has a word in each cell, and no word twice.
    """
    numbers = [cell for cell in first if is_number(cell)]
    words = len(first) - len(numbers) - list(first).count("")
    if not words:
        return ""
    if numbers:
        return f"If the row is a header with numbers for names, declare {DECLARED}"
    try:
        check_header(first, Location())
    except BadData as error:
        return f"The row is no header, as {error.what}. {error.remedy}"
    return ""


def explain_extra_column(row: Sequence[str], first: Sequence[str]) -> str:
    """Return a sentence why a row may be one column wider than the first; empty if not one."""
    if len(row) != len(first) + 1:
        return ""
    if not row[-1].strip():
        return "The row ends in a comma, which makes one more empty column: remove it"
    if not any(map(is_number, first)):
        return "If the rows begin with a row number, write them without it (R: row.names=FALSE)"
    return ""


def explain_trailing_comma(rows: Sequence[Sequence[str]]) -> str:
    """Return a sentence when the last column is empty in every row, else an empty string."""
    if all(not row[-1].strip() for row in rows):
        return f"The last column is empty in every row. {LAST_COMMA}"
    return ""


def is_number(cell: str) -> bool:
    """Return True when a cell has a digit and can be parsed as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return any(map(str.isdigit, cell))


def warn_of_mistakes(values: FloatArray, file: str) -> None:
    """Log likely mistakes in a matrix of shape (rows, columns) that has no header."""
    width = values.shape[1]
    if len(values) > 1 and width >= _NUMBERED and np.array_equal(values[0], np.arange(width)):
        logger.warning(
            "%s, row 1: the values 0, 1, 2 ... are read as data, and may be names that pandas"
            " wrote. Leave them out with to_csv(header=False), or declare %s",
            file,
            DECLARED,
        )
    if width > 1 and np.isnan(values[:, -1]).all():
        logger.warning(
            "%s: the last column is empty in every row, and is read as a feature. %s if there"
            " should be none",
            file,
            LAST_COMMA,
        )


def _suggest_names(names: Sequence[str]) -> str:
    if len(names) > 1 and list(names).index("") == len(names) - 1:
        return f"The header ends in a comma. {LAST_COMMA}, or name the column"
    if len(names) > 1 and not names[0]:
        return f"{NO_INDEX[0].upper()}{NO_INDEX[1:]}, or name the column"
    return "Name every column in the first row"
