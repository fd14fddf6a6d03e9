"""What the columns of a data set hold, and what kind of problem its target is.

A problem type left open is found as the service's documentation describes: a target of numbers
with many values is a regression, and one of few values has classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local_test.automl.data.problem import ProblemType
from local_test.automl.data.tabular_file import TabularFile
from local_test.errors import UserError

_MOST_CLASSES = 20
_MANY_CLASSES = 1000


@dataclass(frozen=True)
class ColumnProfile:
    """The cells of a column: how many are missing, how many differ, how many are numbers."""

    name: str
    rows: int
    missing: int
    distinct: int
    numbers: int

    @property
    def is_number(self) -> bool:
        """Whether every cell that is there is a number."""
        return self.numbers == self.rows - self.missing > 0


@dataclass(frozen=True)
class Profile:
    """The columns of a data set, the target among them, and the problem type."""

    columns: tuple[ColumnProfile, ...]
    target: str
    problem: ProblemType
    classes: tuple[str, ...]

    def find(self, name: str) -> ColumnProfile:
        """Return the profile of a column."""
        return next(column for column in self.columns if column.name == name)


def parse_numbers(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the number of each text, NaN where it is none."""
    return np.array([_parse_number(text) for text in texts], dtype=np.float64)


def profile_data(data: TabularFile, target: str, problem: ProblemType | None = None) -> Profile:
    """Profile a data set.

    Raises UserError when there is no such target, when it has a single value, or when it does not
    suit the `problem` that was asked for.
    """
    if target not in data.columns:
        names = ", ".join(data.columns[:10])
        raise UserError(f"there is no column {target!r}", f"the target is one of {names}")
    columns = tuple(_profile_column(name, data.read_texts(name)) for name in data.columns)
    profile = next(column for column in columns if column.name == target)
    if profile.distinct < 2:
        raise UserError(
            f"the target {target!r} has {profile.distinct} value, and there is nothing to predict",
            "give a target that varies",
        )
    found = problem or _find_problem(profile)
    _check_problem(profile, found)
    values = {text for text in data.read_texts(target) if text}
    classes = tuple(sorted(values)) if found.has_classes else ()
    return Profile(columns, target, found, classes)


def _profile_column(name: str, texts: Sequence[str]) -> ColumnProfile:
    there = [text for text in texts if text]
    numbers = sum(not np.isnan(_parse_number(text)) for text in there)
    return ColumnProfile(name, len(texts), len(texts) - len(there), len(set(there)), numbers)


def _find_problem(target: ColumnProfile) -> ProblemType:
    if target.distinct == 2:
        return ProblemType.BINARY
    if target.is_number and target.distinct > _MOST_CLASSES:
        return ProblemType.REGRESSION
    if target.is_number and target.distinct > 0.05 * target.rows:
        return ProblemType.REGRESSION
    return ProblemType.MULTICLASS


def _check_problem(target: ColumnProfile, problem: ProblemType) -> None:
    where = f"the target {target.name!r}"
    if problem is ProblemType.REGRESSION and not target.is_number:
        raise UserError(f"{where} has texts, and a regression predicts numbers", "choose classes")
    if problem is ProblemType.BINARY and target.distinct != 2:
        raise UserError(
            f"{where} has {target.distinct} values, and BinaryClassification predicts two",
            f"choose {ProblemType.MULTICLASS} or {ProblemType.REGRESSION}",
        )
    if problem is ProblemType.MULTICLASS and target.distinct > _MANY_CLASSES:
        raise UserError(
            f"{where} has {target.distinct} classes, and at most {_MANY_CLASSES} are searched",
            "group the rare ones, or name another target",
        )


def _parse_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
