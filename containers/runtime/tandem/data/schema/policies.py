"""What becomes of a value that training knew nothing like, a column at a time.

Such a value is counted whatever becomes of it.
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
    """A column's policies by their kind, and what training saw of it.

    `known` are its categories, missing (None) among them, and None where they are not remembered;
    `low` and `high` are its least and greatest number. Training had no missing value in a
    `complete` column.
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
        """The least number training saw, or 0 where that is not known."""
        return self.low if np.isfinite(self.low) else 0.0

    @property
    def first(self) -> str | None:
        """The first of the known categories, or None where there is none."""
        return min((value for value in self.known or () if value is not None), default=None)


PLAIN = Policy()


def apply_category_policy(
    values: list[str | None], policy: Policy, column: str, counts: UnusualCounts, where: Locator
) -> list[str | None]:
    """Return a column's categories as the policy wants them.

    Raises BadData for the first one that is not known where that is the policy.
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
    """Change a column of numbers, in place, as the policy wants it.

    Raises BadData for the first number out of range where that is the policy.
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

    A text that is no number is missing too, and is counted as that alone.
    """
    new = missing - counts.get(UNPARSABLE, name)
    if policy.complete and new > 0:
        counts.add(MISSING_VALUE, name, new)


def read_leniently(cells: Sequence[str], missing: frozenset[str]) -> tuple[list[float], int]:
    """Read a run of cells, missing where one is no number; gives how many those are as well."""
    values = [_read_number(cell.strip(), missing) for cell in cells]
    wrong = sum(value is None for value in values)
    return [NAN if value is None else value for value in values], wrong


def _read_number(cell: str, missing: frozenset[str]) -> float | None:
    try:
        return read_number(cell, missing)
    except ValueError:
        return None
