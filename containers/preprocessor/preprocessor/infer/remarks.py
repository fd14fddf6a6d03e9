"""What a person should look at in a recipe, each with the line that changes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preprocessor.hyperparameters import COLUMNS, MAX_CATEGORIES, TARGET_LOWER
from preprocessor.recipe.category_limits import MIN_ROWS
from preprocessor.recipe.definition import Column, Recipe
from preprocessor.transforms.steps import onehot
from tandem.errors import join_words

LEFT_OUT = "is left out:"
# Groups of texts that differ only in letter case, of which so many are named.
_SHOWN = 3
_SPARSE = {onehot.STEP.name: {onehot.ABSENT.name: "missing"}}


@dataclass(frozen=True)
class Remark:
    """A column and what there is to say about it; the sentence goes on after the column's name."""

    column: str
    sentence: str


def of(recipe: Recipe) -> list[Remark]:
    """List the remarks about the target and the columns of a recipe, in their order."""
    target = (
        [Remark(recipe.target, sentence) for sentence in _classes(recipe)] if recipe.target else []
    )
    return target + [
        Remark(column.name, sentence)
        for column in recipe.columns
        for sentence in (*_left_out(column, recipe), *_limited(column, recipe), *_cased(column))
    ]


def _left_out(column: Column, recipe: Recipe) -> Iterator[str]:
    if column.type == "identifier" and column.distinct < recipe.rows:
        yield (
            f"{LEFT_OUT} {column.reason}, like an identifier. To use it, write in"
            f" '{COLUMNS.name}' {_line(column, 'text')}, {_line(column, 'hash')} or"
            f" {_line(column, 'onehot')}"
        )


def _limited(column: Column, recipe: Recipe) -> Iterator[str]:
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
                f" '{MAX_CATEGORIES.name}', or write in '{COLUMNS.name}' {_line(column, _SPARSE)}"
                f" (a feature for each, in sparse rows) or"
                f" {_line(column, 'target_encode' if recipe.target else 'hash')}"
            )


def _cased(column: Column) -> Iterator[str]:
    if column.type == "category" and column.treatments:
        same = _alike(tuple(map(str, column.seen or ())))
        if same:
            yield (
                f"has categories that differ only in letter case: {same}. To make them one, write"
                f" in '{COLUMNS.name}' {_line(column, 'lower')}"
            )


def _classes(recipe: Recipe) -> Iterator[str]:
    same = _alike(recipe.classes or ())
    if same:
        yield (
            f"has classes that differ only in letter case: {same}. To make them one, set"
            f" '{TARGET_LOWER.name}' to true"
        )


def _alike(texts: Sequence[str]) -> str:
    """Name the first texts that are one in lower case, empty where there are none."""
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(text.lower(), []).append(text)
    same = [
        join_words([repr(text) for text in group]) for group in found.values() if len(group) > 1
    ]
    more = [f"{len(same) - _SHOWN:,} more"] if len(same) > _SHOWN else []
    return ", ".join([*same[:_SHOWN], *more])


def _line(column: Column, wish: object) -> str:
    return json.dumps({column.name: wish}, ensure_ascii=False)
