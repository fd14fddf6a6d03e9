"""Rows without a target: rejected, left out of the fit, or kept in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from preprocessor.data.channel_records import require_column
from preprocessor.data.stripped_data import StrippedData
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import MISSING_TARGET, MISSING_VALUES, STRIP_BLANKS
from preprocessor.infer import target_inference
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.data.tables import Records
from tandem.data.text.float_conversion import read_number
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import BadData
from tandem.logs import logger

_REMEDY = (
    "Give them one, set hyperparameter 'missing_target' to 'leave_out' to fit to the other rows, or"
    " 'target' to '-' to fit without a target"
)


@dataclass(frozen=True)
class MissingTargetRule:
    """The rule for a missing target: the cell is in `missing`, or is NaN read as a number."""

    target: str
    missing: frozenset[str]
    is_number: bool
    strip: bool
    format: NumberFormat | None = None

    def is_missing(self, cell: str) -> bool:
        """Return whether a cell of the target column holds no target."""
        if not self.is_number:
            return (cell.strip() if self.strip else cell) in self.missing
        plain = self.format.convert_cells([cell], self.missing)[0] if self.format else cell.strip()
        value = read_number(plain, self.missing)
        return value != value  # noqa: PLR0124 - NaN

    def filter_records(self, parts: Iterable[Records]) -> Iterator[Records]:
        """Yield the records with a target; the rows keep their row numbers in the file."""
        for records in parts:
            position = (records.names or ()).index(self.target)
            cells = [row[position] for row in records.rows]
            lacking = {cell for cell in set(cells) if self.is_missing(cell)}
            if not lacking:
                yield records
                continue
            indices = [index for index, cell in enumerate(cells) if cell not in lacking]
            if indices:
                yield _select_records(records, indices)


def decide_left_out_rows(
    data: TrainingData, request: RecipeRequest
) -> tuple[MissingTargetRule | None, int]:
    """Return the rule and the number of rows left out of the fit; (None, 0) if none are.

    Raises UserError when the target column is unknown. Raises BadData when rows without a target
    are rejected, or when no row has one.
    """
    name, policy = request.target, request.values[MISSING_TARGET]
    if name is None or policy == "keep":
        return None, 0
    require_column(data.names, name, "the target")
    data.check_readable(name)
    rule, count = _infer_rule(data, request, name)
    if not count:
        return None, 0
    if policy == "refuse" or count == data.rows:
        raise BadData(
            f"{count:,} of {data.rows:,} rows have no target, and this is the first",
            where=data.find_cell(name, rule.is_missing),
            remedy=_REMEDY if count < data.rows else "Is it the right column?",
        )
    words = "rows without target %r: %d of %d, left out (hyperparameter missing_target)"
    logger.warning(words, name, count, data.rows)
    return rule, count


def _infer_rule(
    data: TrainingData, request: RecipeRequest, name: str
) -> tuple[MissingTargetRule, int]:
    """Return the rule for a missing target, and the number of rows it matches."""
    strip = request.values[STRIP_BLANKS]
    missing = frozenset({"", *request.values[MISSING_VALUES]})
    view = data
    if strip:
        view, missing = StrippedData(data), frozenset(map(str.strip, missing))
    summary = view.summarize(name, missing)
    if summary.absent == summary.rows:
        return MissingTargetRule(name, missing, is_number=False, strip=True), summary.rows
    inferred = target_inference.infer_target(view, request, name, missing)
    rule = MissingTargetRule(name, missing, inferred.classes is None, strip, inferred.format)
    summary = view.summarize(name, missing, inferred.format)
    numbers = summary.numbers() if rule.is_number else None
    if numbers is not None:
        return rule, summary.rows - len(numbers)
    return rule, summary.absent if strip else summary.missing


@dataclass(frozen=True)
class _SelectedRecords(Records):
    """Some rows of a file; `numbers` are their row numbers in it."""

    numbers: Sequence[int] = ()

    def row_number(self, index: int) -> int:
        """Return the row number in the file."""
        return self.numbers[index]


def _select_records(records: Records, indices: Sequence[int]) -> Records:
    values: dict[str, Any] = {each.name: getattr(records, each.name) for each in fields(Records)}
    values["rows"] = [records.rows[index] for index in indices]
    return _SelectedRecords(**values, numbers=[records.row_number(index) for index in indices])
