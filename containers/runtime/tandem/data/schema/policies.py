"""Policies for values that training never saw, applied column by column.

Such a value is counted whatever the policy is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tandem.data.arrays import FloatArray
from tandem.data.text.float_conversion import NAN, read_number
from tandem.data.unusual_counts import (
    MISSING_COLUMN,
    MISSING_VALUE,
    OUT_OF_RANGE,
    UNPARSABLE,
    UNSEEN,
    UnusualCounts,
)
from tandem.errors import BadData, Locator

ERROR, MISSING, OTHER, KEEP, LIMIT = "error", "missing", "other", "keep", "limit"
# What each kind of value may become; the first is what usually becomes of it.
CHOICES: Mapping[str, tuple[str, ...]] = {
    UNSEEN: (OTHER, MISSING, ERROR),
    OUT_OF_RANGE: (KEEP, LIMIT, MISSING, ERROR),
    MISSING_COLUMN: (ERROR, MISSING),
    UNPARSABLE: (ERROR, MISSING),
}


@dataclass(frozen=True)
class Policy:
    """A column's policies by kind of unusual value, and its values in training.

    `known` are its categories, None for missing included; it is None when they are not stored.
    `low` and `high` are its minimum and maximum. A `complete` column had no missing value in
    training.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str | None] | None = None
    low: float = -np.inf
    high: float = np.inf
    complete: bool = False

    def __getitem__(self, kind: str) -> str:
        return self.rules.get(kind, CHOICES[kind][0])

    @property
    def least(self) -> float:
        """The minimum in training, or 0 when it is not known."""
        return self.low if np.isfinite(self.low) else 0.0

    @property
    def first(self) -> str | None:
        """The first known category in sorted order, or None when there is none."""
        return min((value for value in self.known or () if value is not None), default=None)


PLAIN = Policy()


def apply_category_policy(
    values: list[str | None], policy: Policy, column: str, counts: UnusualCounts, where: Locator
) -> list[str | None]:
    """Replace and count the unseen categories of a column as its policy says.

    `values` may be changed in place. Raises BadData at the first one when the policy is `error`.
    """
    if policy.known is None:
        return values
    known = policy.known | {None}
    unseen = [index for index, value in enumerate(values) if value not in known]
    if not unseen:
        return values
    if policy[UNSEEN] == ERROR:
        raise BadData("the category was not there in training", where=where(unseen[0]))
    counts.add(UNSEEN, column, len(unseen))
    if policy[UNSEEN] == MISSING:
        for index in unseen:
            values[index] = None
    return values


def apply_range_policy(
    column: FloatArray, policy: Policy, name: str, counts: UnusualCounts, where: Locator
) -> None:
    """Replace and count the out-of-range numbers of a column, shape (rows,), in place.

    Raises BadData at the first one when the policy is `error`.
    """
    beyond = (column < policy.low) | (column > policy.high)
    indices = np.flatnonzero(beyond)
    if not len(indices):
        return
    rule = policy[OUT_OF_RANGE]
    if rule == ERROR:
        raise BadData(
            f"the number is not in the range of the training data, {policy.low:g} to"
            f" {policy.high:g}",
            where=where(int(indices[0])),
        )
    counts.add(OUT_OF_RANGE, name, len(indices))
    if rule == LIMIT:
        np.clip(column, policy.low, policy.high, out=column)
    elif rule == MISSING:
        column[beyond] = np.nan


def count_missing(missing: int, policy: Policy, name: str, counts: UnusualCounts) -> None:
    """Count the missing values of a column that had none in training.

    Texts that are not numbers are missing too, but are counted as `UNPARSABLE` only.
    """
    new = missing - counts.get(UNPARSABLE, name)
    if policy.complete and new > 0:
        counts.add(MISSING_VALUE, name, new)


def read_leniently(cells: Sequence[str], missing: frozenset[str]) -> tuple[list[float], int]:
    """Parse cells, NaN when one is not a number; return also how many are not."""
    values = [_read_number(cell.strip(), missing) for cell in cells]
    wrong = sum(value is None for value in values)
    return [NAN if value is None else value for value in values], wrong


def _read_number(cell: str, missing: frozenset[str]) -> float | None:
    try:
        return read_number(cell, missing)
    except ValueError:
        return None
