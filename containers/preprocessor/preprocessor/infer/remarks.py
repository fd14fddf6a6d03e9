"""Remarks on a recipe: what a person should check, each with the line that changes it.

A remark that needs the cells is made when the column is inferred, and saved in `Column.remark`. The
others follow from the recipe alone, and are made when they are printed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preprocessor.hyperparameters import COLUMNS, MAX_CATEGORIES, TARGET_LOWER
from preprocessor.infer.format_inference import Notation
from preprocessor.recipe.category_limits import MIN_ROWS
from preprocessor.recipe.definition import Column, Recipe
from preprocessor.recipe.number_format import format_declaration
from preprocessor.transforms.steps import onehot
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import join_words

LEFT_OUT = "is left out:"
# Groups of texts that differ only in letter case, of which so many are named.
_SHOWN = 3
# Units of numbers, of which so many are named.
_NAMED_UNITS = 3
# What `1:05` means by each form of durations, and the other form.
_MEANINGS = {"h:mm": "1 hour and 5 minutes", "m:ss": "1 minute and 5 seconds"}
_OTHER = {"h:mm": "m:ss", "m:ss": "h:mm"}
# Words that usually mean a missing value, where `missing_values` does not name them.
_MARKERS = frozenset({"na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "nat"})
# Types of column in which such a word is a text like others.
_TEXT_TYPES = frozenset({"category", "text"})
_SPARSE = {onehot.STEP.name: {onehot.ABSENT.name: "missing"}}


@dataclass(frozen=True)
class Remark:
    """A column and what there is to say about it; the sentence goes on after the column's name."""

    column: str
    sentence: str


def list_saved_remarks(recipe: Recipe) -> list[Remark]:
    """Return the remarks that were made from the cells, in the order of the columns."""
    return [Remark(column.name, column.remark) for column in recipe.columns if column.remark]


def list_recipe_remarks(recipe: Recipe) -> list[Remark]:
    """Return the remarks that follow from the recipe: on the target, then on each column."""
    target = (
        [Remark(recipe.target, sentence) for sentence in _remark_on_classes(recipe)]
        if recipe.target
        else []
    )
    return target + [
        Remark(column.name, sentence)
        for column in recipe.columns
        for sentence in (
            *_remark_on_identifier(column, recipe),
            *_remark_on_limit(column, recipe),
            *_remark_on_letter_case(column),
        )
    ]


def remark_on_words(name: str, notation: Notation, *, numeric: bool) -> str:
    """Return the remark on a column with words or a number format, empty where none is needed."""
    if not notation.words and not notation.format:
        return ""
    if numeric and notation.format:
        return remark_on_number_format(name, notation.format)
    present, words = sum(notation.counts.values()), sum(notation.words.values())
    if 2 * words < present:
        declared = format_declaration(name, notation.format or NumberFormat(), unparsable="missing")
        return (
            f"has {present - words:,} numbers among {present:,} values, and is not read as numbers;"
            f" to read numbers, and the others as missing, declare {declared}"
        )
    if 2 * notation.resembling_count > present:
        ways = _describe_spellings(notation.units)
        return f"has numbers with {ways}, and is not read as numbers; write all in one way"
    return ""


def remark_on_number_format(name: str, number_format: NumberFormat) -> str:
    """Return the remark on a column whose number format was inferred: how to declare it."""
    declared = format_declaration(name, number_format)
    if number_format.duration:
        return (
            f"is read as durations in seconds, 1:05 as {_MEANINGS[number_format.duration]}; to keep"
            f' it so, declare {declared}, or "{_OTHER[number_format.duration]}" there'
        )
    return (
        f"is read as numbers written like {number_format}; to keep it so, declare {declared}, or"
        f' to read texts, "{name}": "category"'
    )


def remark_on_leading_zeros(name: str) -> str:
    """Return the remark on a column of codes with leading zeros."""
    return f'has codes with leading zeros; to read them as numbers, declare "{name}": "number"'


def remark_on_missing_markers(remark: str, kind: str, column: ColumnSummary) -> str:
    """Return `remark` with a sentence on words that usually mean missing, if there are any."""
    marker_counts: Counter[str] = Counter()
    for cell, count in column.counts.items():
        if cell.strip().casefold() in _MARKERS and cell.strip() not in column.missing_values:
            marker_counts[cell.strip()] += count
    if not marker_counts or kind not in _TEXT_TYPES:
        return remark
    words = join_words([repr(word) for word in sorted(marker_counts)])
    rows = f"{marker_counts.total():,} rows" if marker_counts.total() > 1 else "1 row"
    sentence = (
        f"has {words} in {rows}, which is read as a text; to read it as missing, name it in"
        " 'missing_values'"
    )
    return f"{remark}; it {sentence}" if remark else sentence


def _describe_spellings(units: list[str]) -> str:
    if len(units) == 1:
        return f"{units[0]!r} among other values"
    return (
        f"different units ({join_words(units[:_NAMED_UNITS])})" if units else "different separators"
    )


def _remark_on_identifier(column: Column, recipe: Recipe) -> Iterator[str]:
    if column.type == "identifier" and column.distinct < recipe.rows:
        yield (
            f"{LEFT_OUT} {column.reason}, like an identifier. To use it, write in"
            f" '{COLUMNS.name}' {_declare(column, 'text')}, {_declare(column, 'hash')} or"
            f" {_declare(column, 'onehot')}"
        )


def _remark_on_limit(column: Column, recipe: Recipe) -> Iterator[str]:
    for chain in column.treatments:
        last = chain.steps[-1] if chain.steps else None
        if last is None or last.step != onehot.STEP.name:
            continue
        most = last.options[onehot.MAX_CATEGORIES.name]
        if last.options[onehot.MIN_FREQUENCY.name] == MIN_ROWS and most and column.distinct > most:
            yield (
                f"has {column.distinct:,} categories: at most {most - 1}, the most frequent of"
                f" those in {MIN_ROWS} rows or more, become a feature each, and the others share"
                f" {onehot.feature_name(column.name, onehot.OTHER)!r}. To change it, set"
                f" '{MAX_CATEGORIES.name}', or write in '{COLUMNS.name}'"
                f" {_declare(column, _SPARSE)} (a feature for each, in sparse rows) or"
                f" {_declare(column, 'target_encode' if recipe.target else 'hash')}"
            )


def _remark_on_letter_case(column: Column) -> Iterator[str]:
    if column.type == "category" and column.treatments:
        same = _name_case_groups(tuple(map(str, column.seen or ())))
        if same:
            yield (
                f"has categories that differ only in letter case: {same}. To make them one, write"
                f" in '{COLUMNS.name}' {_declare(column, 'lower')}"
            )


def _remark_on_classes(recipe: Recipe) -> Iterator[str]:
    same = _name_case_groups(recipe.classes or ())
    if same:
        yield (
            f"has classes that differ only in letter case: {same}. To make them one, set"
            f" '{TARGET_LOWER.name}' to true"
        )


def _name_case_groups(texts: Sequence[str]) -> str:
    """Name the first texts that are one in lower case, empty where there are none."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(text.lower(), []).append(text)
    same = [
        join_words([repr(text) for text in group]) for group in groups.values() if len(group) > 1
    ]
    more = [f"{len(same) - _SHOWN:,} more"] if len(same) > _SHOWN else []
    return ", ".join([*same[:_SHOWN], *more])


def _declare(column: Column, treatment: object) -> str:
    return json.dumps({column.name: treatment}, ensure_ascii=False)
