"""Checks labels and weights; errors name the row that XGBoost could not learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from booster.data.row_location import locate_row
from booster.params.objectives import LabelDomain, LearningTask, Objective
from tandem.data.arrays import FloatArray
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.errors import BadData, Location


@dataclass
class LabelChecker:
    """Checks the labels and weights of one channel, rows after rows.

    `objective` determines which labels are valid, with `classes` for a classification. An invalid
    label is reported once all rows are read, as the error states the range of the labels. With
    `leave_out` the rows without a label are left out: `left_out` of all `rows`.
    """

    objective: Objective | None = None
    classes: int | None = None
    leave_out: bool = False
    rows: int = 0
    left_out: int = 0
    _min: float = np.inf
    _max: float = -np.inf
    _whole: bool = True
    _wrong: tuple[float, Location] | None = None

    def select_labelled(self, examples: LabelledRows) -> LabelledRows:
        """Return those of the next rows that have a label.

        Raises BadData when one has none and `leave_out` is false.
        """
        missing = np.isnan(examples.label)
        self.rows += len(missing)
        if not missing.any():
            return examples
        count = int(missing.sum())
        if not self.leave_out:
            raise BadData(
                "the label is missing",
                where=replace(_locate_first(examples, missing), column=examples.label_column),
                remedy=f"Rows without one so far: {count:,} of {self.rows:,}. Give them a label, or"
                " set hyperparameter 'missing_target' to 'leave_out'",
            )
        self.left_out += count
        return examples.select(~missing)

    def check(self, examples: LabelledRows) -> None:
        """Check the next rows. Raises BadData when a label is infinite or a weight is invalid."""
        label, weight = examples.label, examples.weight
        if np.isinf(label).any():
            raise BadData("the label is infinite", where=_locate_first(examples, np.isinf(label)))
        if weight is not None:
            wrong = ~np.isfinite(weight) | (weight < 0)
            if wrong.any():
                raise BadData(
                    f"the weight is {weight[int(wrong.argmax())]:g}",
                    where=_locate_first(examples, wrong),
                    remedy="A weight is a number from 0",
                )
        if self.objective is not None and len(label):
            self._check_domain(self.objective.labels, label, examples)

    def raise_collected(self) -> None:
        """Raise BadData, naming the first row and the remedy, when a label was invalid."""
        if self._wrong is None or self.objective is None:
            return
        value, where = self._wrong
        sentence = f"the label is {value:g}"
        if self._min < self._max:
            sentence += f", and the labels go from {self._min:g} to {self._max:g}"
        takes = self.objective.labels.words.format(most=(self.classes or 1) - 1)
        raise BadData(
            f"{sentence}; objective {self.objective.name} takes {takes}",
            where=where,
            remedy=self._suggest_remedy(self.objective),
        )

    def _check_domain(self, domain: LabelDomain, label: FloatArray, examples: LabelledRows) -> None:
        self._min = min(self._min, float(label.min()))
        self._max = max(self._max, float(label.max()))
        self._whole = self._whole and bool((label == np.floor(label)).all())
        wrong = ~domain.contains(label, self.classes)
        if self._wrong is None and wrong.any():
            value, place = float(label[int(wrong.argmax())]), _locate_first(examples, wrong)
            row = examples.row_number(place.row) if place.row else None
            self._wrong = value, Location(place.file, row, place.column)

    def _suggest_remedy(self, objective: Objective) -> str:
        counts = self._whole and self._min >= 0
        classes = int(self._max) + 1 if counts else 0
        if objective.task is LearningTask.CLASS:
            return f"Set num_class to {classes}" if counts else "Count the classes from 0"
        if objective.task is LearningTask.BINARY:
            if self._whole and self._max - self._min <= 2 and (self._min, classes) != (0, 3):
                return "Write the labels as 0 and 1"
            if counts:
                return f"Use multi:softprob with num_class={classes}"
        return "Mend the labels, or choose another objective"


def _locate_first(examples: LabelledRows, wrong: NDArray[np.bool_]) -> Location:
    return locate_row(examples, int(wrong.argmax()))
