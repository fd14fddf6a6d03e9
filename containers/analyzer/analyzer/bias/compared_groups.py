"""The two groups that a facet makes of the rows, and their counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.column_selection import BoolArray


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of some rows, as counts."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def rows(self) -> int:
        """Count the rows."""
        return self.labels + self.negative_labels

    @property
    def labels(self) -> int:
        """Count the rows with a positive label."""
        return self.true_positives + self.false_negatives

    @property
    def predicted(self) -> int:
        """Count the rows with a positive predicted label."""
        return self.true_positives + self.false_positives

    @property
    def negative_labels(self) -> int:
        """Count the rows with a negative label."""
        return self.true_negatives + self.false_positives

    @property
    def negative_predicted(self) -> int:
        """Count the rows with a negative predicted label."""
        return self.true_negatives + self.false_negatives


@dataclass(frozen=True)
class ComparedGroups:
    """The rows of a data set, split by a facet.

    `facet` is true for the group that may be disadvantaged, `label` and `predicted` for positive
    outcomes; all have shape (rows,). `groups` is the column of subgroups, and `features` are the
    columns that are neither facet nor label.
    """

    facet: BoolArray
    label: BoolArray
    predicted: BoolArray | None = None
    groups: pd.Series | None = None
    features: pd.DataFrame | None = None

    @property
    def predictions(self) -> BoolArray:
        """Return the predicted labels. Raises `UndefinedBias` when there are none."""
        if self.predicted is None:
            raise UndefinedBias("no predicted labels")
        return self.predicted

    @cached_property
    def advantaged(self) -> Confusion:
        """Count the rows outside the facet. Raises `UndefinedBias` when there are none."""
        return self._count(~self.facet, "every row is in the facet")

    @cached_property
    def disadvantaged(self) -> Confusion:
        """Count the rows in the facet. Raises `UndefinedBias` when there are none."""
        return self._count(self.facet, "no row is in the facet")

    def check_both(self) -> None:
        """Raise `UndefinedBias` when one of the groups is empty."""
        if self.facet.all():
            raise UndefinedBias("every row is in the facet")
        if not self.facet.any():
            raise UndefinedBias("no row is in the facet")

    def _count(self, rows: BoolArray, problem: str) -> Confusion:
        if not rows.any():
            raise UndefinedBias(problem)
        label, predicted = self.label[rows], self.predictions[rows]
        return count_confusion(label, predicted)


def count_confusion(label: BoolArray, predicted: BoolArray) -> Confusion:
    """Count the confusion matrix of labels and predicted labels, both of shape (rows,)."""
    return Confusion(
        true_positives=int(np.sum(label & predicted)),
        false_positives=int(np.sum(~label & predicted)),
        false_negatives=int(np.sum(label & ~predicted)),
        true_negatives=int(np.sum(~label & ~predicted)),
    )


def divide(part: float, whole: float) -> float:
    """Divide, where 0 / 0 is 0 and any other number / 0 is an infinity, as Clarify divides."""
    if whole == 0:
        return 0.0 if part == 0 else math.copysign(math.inf, part)
    return part / whole


def subtract(left: float, right: float) -> float:
    """Subtract, where the difference of two equal infinities is 0, as in Clarify."""
    return 0.0 if left == right else left - right


def compute_conditional_disparity(groups: ComparedGroups, outcome: BoolArray) -> float:
    """Return the demographic disparity of an outcome, averaged over subgroups by their size.

    The disparity of a subgroup is the facet's share of the negative outcomes minus its share of
    the positive ones. Raises `UndefinedBias` when there is no subgroup, or one outcome alone.
    """
    if groups.groups is None or groups.groups.empty:
        raise UndefinedBias("no group variable", remedy="Add group_variable.")
    for rows, kind in ((outcome, "positive"), (~outcome, "negative")):
        if not rows.any():
            raise UndefinedBias(f"no {kind} labels")
    total, weighted = 0, 0.0
    codes, names = pd.factorize(groups.groups, sort=False)
    for code in range(len(names)):
        inside = codes == code
        size = int(inside.sum())
        weighted += size * (
            _share(groups.facet, inside & ~outcome) - _share(groups.facet, inside & outcome)
        )
        total += size
    return divide(weighted, total)


def _share(facet: BoolArray, rows: BoolArray) -> float:
    count = int(rows.sum())
    return int((facet & rows).sum()) / count if count else 0.0
