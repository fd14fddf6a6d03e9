"""Inference of a column's type from its cells; every decision has its reason.

A column of numbers or dates with a few words in it is rejected, not guessed; so is one whose dates
leave open whether the day or the month comes first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC

from preprocessor.infer import format_inference, mixed_values, remarks
from preprocessor.infer.format_inference import Notation
from preprocessor.transforms.kernels import boolean_words, date_reader
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.float_conversion import read_number
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import BadData, Location

LEFT_OUT = ("identifier", "constant", "empty")

_IDENTIFIER_NAME = re.compile(r"(?i:(^|[_\s-])(id|uuid|key|index)$)|[a-z](Id|ID)$")
_IDENTIFIER_ROWS = 20
# A column of texts is an identifier from this share of different texts among the rows on.
_NEARLY_ALL = 0.9
# A column of texts has at least so many, of so many words on average, in such a share different.
_TEXTS, _WORDS, _DIFFERENT = 20, 5, 0.5
# Share of dates from which on a text among them is taken for a mistake.
_MOSTLY = 0.9
_DIGITS = re.compile("[0-9]+")
_NONE = frozenset({""})


@dataclass(frozen=True)
class InferredColumn:
    """The inferred type of a column, one of `TYPES` or `LEFT_OUT`, with its reason.

    `remark` is what a person should check; its sentence starts after the column's name. `format`
    is the number format, None for plain digits.
    """

    type: str
    reason: str
    remark: str = ""
    format: NumberFormat | None = None


class TypeConflict(BadData):
    """Some cells do not fit the type of the others: those for which `is_wrong` is true."""

    def __init__(
        self, what: str, is_wrong: Callable[[str], bool], column: str, remedy: str
    ) -> None:
        super().__init__(what, where=Location(column=column), remedy=remedy)
        self.is_wrong = is_wrong


def infer_column(name: str, column: ColumnSummary) -> InferredColumn:
    """Return the type of a column. Raises TypeConflict for words among numbers or dates."""
    if not column.counts:
        return InferredColumn("empty", "every value is missing")
    if column.distinct == 1 and not column.missing:
        return InferredColumn("constant", "one value in every row")
    return _infer_codes(name, column) if are_codes(column) else _infer_by_values(name, column)


def _infer_by_values(name: str, column: ColumnSummary) -> InferredColumn:
    notation = format_inference.infer_notation(column)
    number_format = notation.format
    if (number_format or notation.words) and _are_dates(name, column):
        return InferredColumn("datetime", "every value is a date")
    numeric = _are_numbers(name, column, notation)
    remark = remarks.remark_on_words(name, notation, numeric=numeric)
    mixed = 2 * sum(notation.words.values()) < sum(notation.counts.values())
    if _is_identifier(name, column, numeric=numeric, mixed=mixed):
        return InferredColumn("identifier", _describe_distinct(column), remark, number_format)
    if numeric and number_format:
        return InferredColumn(
            "number", f"numbers written like {number_format}", remark, number_format
        )
    if numeric:
        return InferredColumn("number", "every value is a number")
    return replace(_infer_words(column), remark=remark)


def are_codes(column: ColumnSummary) -> bool:
    """Return whether most values are whole numbers in digits alone, some with a leading zero.

    `00501` is the code of a place: read as a number it would be the same as `501`.
    """
    if not column.padded or 2 * column.words >= column.rows - column.missing:
        return False
    texts = {cell.strip() for cell in column.counts} - column.missing_values
    return all(_DIGITS.fullmatch(text) for text in texts if _is_number(text, _NONE))


def choose_nearest_type(inferred: InferredColumn, column: ColumnSummary) -> str:
    """Return the type of a column that must be kept although inference would leave it out."""
    if inferred.type not in LEFT_OUT:
        return inferred.type
    plain = not column.words or inferred.format is not None
    return "number" if plain and not are_codes(column) else "category"


def _infer_codes(name: str, column: ColumnSummary) -> InferredColumn:
    remark = remarks.remark_on_leading_zeros(name)
    if _is_identifier(name, column, numeric=False):
        return InferredColumn("identifier", _describe_distinct(column), remark)
    return InferredColumn("category", f"{column.distinct} codes with leading zeros", remark)


def _infer_words(column: ColumnSummary) -> InferredColumn:
    if _is_text(column):
        return InferredColumn("text", "long texts, most of them different")
    column = column.unify_spelling()
    if column.exact and boolean_words.are_boolean(column.counts):
        return InferredColumn("boolean", "every value is true or false")
    return InferredColumn("category", f"{column.distinct} different texts")


def _are_numbers(name: str, column: ColumnSummary, notation: Notation) -> bool:
    """Return whether all values are numbers, in plain digits or in the inferred format.

    Raises TypeConflict when most values are numbers and the others mistakes (`mixed_values`).
    """
    present, words = mixed_values.count_words(column, notation)
    if words and mixed_values.are_mistakes(present, words, notation):
        missing = column.missing_values
        like = f"numbers written like {notation.format}" if notation.format else "numbers"
        raise TypeConflict(
            f"a word stands among {like} ({present - words} of {present} values are numbers)",
            lambda cell: cell.strip() not in missing and not notation.is_number(cell.strip()),
            name,
            remedy=mixed_values.suggest_remedy(name, notation),
        )
    return not words


def _are_dates(name: str, column: ColumnSummary) -> bool:
    texts = {cell: cell.strip() for cell in column.counts}
    shaped = {cell for cell, text in texts.items() if date_reader.looks_like_date(text)}
    present = sum(column.counts.values())
    if sum(column.counts[cell] for cell in shaped) < _MOSTLY * present:
        return False
    declaration = f'"{name}": {{"type": "datetime", "parse": '
    try:
        read = date_reader.build_reader("auto", UTC, date_reader.infer_day_order(texts.values()))
    except ValueError as error:
        raise TypeConflict(
            str(error),
            shaped.__contains__,
            name,
            remedy=f"Say it in 'columns', as {{{declaration}\"{date_reader.DAY_FIRST}\"}}}}",
        ) from error
    wrong_cells = {cell for cell, text in texts.items() if not date_reader.can_read(read, text)}
    if wrong_cells:
        right = present - sum(column.counts[cell] for cell in wrong_cells)
        raise TypeConflict(
            f"a text stands among dates ({right} of {present} values are dates)",
            wrong_cells.__contains__,
            name,
            remedy="Mend the cell, name it in 'missing_values', or say in 'columns' that it is as"
            f' good as missing: {{{declaration}{{"unparsable": "missing"}}}}}}',
        )
    return True


def _is_number(cell: str, missing: frozenset[str]) -> bool:
    try:
        read_number(cell.strip(), missing)
    except ValueError:
        return False
    return True


def _is_text(column: ColumnSummary) -> bool:
    present = column.rows - column.missing
    if present < _TEXTS or column.distinct < _DIFFERENT * present:
        return False
    words = sum(len(cell.split()) * count for cell, count in column.counts.items())
    return words >= _WORDS * sum(column.counts.values())


def _is_identifier(name: str, column: ColumnSummary, *, numeric: bool, mixed: bool = False) -> bool:
    """Return whether a column identifies rows; a `mixed` column has words among more numbers."""
    if column.rows < _IDENTIFIER_ROWS:
        return False
    if numeric:
        return column.all_differ and bool(_IDENTIFIER_NAME.search(name))
    nearly_all = not mixed and column.distinct >= _NEARLY_ALL * column.rows
    return (column.all_differ or nearly_all) and not _is_text(column)


def _describe_distinct(column: ColumnSummary) -> str:
    if column.all_differ:
        return "unique in every row"
    about = "" if column.exact else "about "
    return f"{about}{column.distinct:,} different texts in {column.rows:,} rows"
