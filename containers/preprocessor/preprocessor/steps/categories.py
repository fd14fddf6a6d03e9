"""What the steps for categories share: missing as a category of its own, and the lookup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tandem.data.tables import Texts

MISSING = "(missing)"


def missing_filler() -> Any:
    """Make the estimator that turns a missing text into the category `MISSING`."""
    from sklearn.impute import SimpleImputer

    return SimpleImputer(missing_values=None, strategy="constant", fill_value=MISSING)


def categories(encoder: Any) -> list[list[str]]:
    """Give the categories of a fitted encoder, one list a column, in the order of their codes."""
    return [[str(value) for value in values] for values in encoder.categories_]


def lookups(columns: Sequence[Sequence[str]]) -> list[dict[str | None, int]]:
    """Give one dictionary a column, from category (None for missing) to code."""
    return [
        {None if value == MISSING else value: code for code, value in enumerate(values)}
        | {value: code for code, value in enumerate(values)}
        for values in columns
    ]


def codes(texts: Texts, position: int, lookup: dict[str | None, int]) -> list[int]:
    """Look up one column; a category that training did not see is -1."""
    return [lookup.get(value, -1) for value in texts[:, position]]
