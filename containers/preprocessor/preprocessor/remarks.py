"""What a person should look at in a recipe, each with the line that changes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from preprocessor.hyperparameters import COLUMNS, MAX_CATEGORIES
from preprocessor.recipe import Column, Recipe
from preprocessor.steps import onehot
from preprocessor.widths import ROWS

LEFT_OUT = "is left out:"


@dataclass(frozen=True)
class Remark:
    """A column and what there is to say about it; the sentence goes on after the column's name."""

    column: str
    sentence: str


def of(recipe: Recipe) -> list[Remark]:
    """List the remarks about the columns of a recipe, in their order."""
    return [
        Remark(column.name, sentence)
        for column in recipe.columns
        for sentence in (*_left_out(column, recipe), *_limited(column, recipe))
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
        if last.options[onehot.MIN_FREQUENCY.name] == ROWS and most and column.distinct > most:
            yield (
                f"has {column.distinct:,} categories: at most {most - 1}, the most frequent of"
                f" those in {ROWS} rows or more, become a feature each, and the others share"
                f" {onehot.feature_name(column.name, onehot.OTHER)!r}. To change it, set"
                f" '{MAX_CATEGORIES.name}', or write in '{COLUMNS.name}' {_line(column, 'onehot')}"
                f" (a feature for each) or"
                f" {_line(column, 'target_encode' if recipe.target else 'hash')}"
            )


def _line(column: Column, wish: object) -> str:
    return json.dumps({column.name: wish}, ensure_ascii=False)
