"""From raw cells and hyperparameters to a recipe: inference decides what the user leaves open."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessor.hyperparameters import (
    COLUMNS,
    DROP,
    ENCODE,
    IMPUTE,
    MISSING_VALUES,
    NO_TARGET,
    SCALE,
    TARGET,
)
from preprocessor.inference import Defaults, infer
from preprocessor.raw import Raw, require
from preprocessor.recipe import DROP as DROPPED
from preprocessor.recipe import Column, Recipe
from preprocessor.steps import STEPS
from tandem._version import __version__
from tandem.data.numerals import number
from tandem.errors import BadData, UserError, did_you_mean
from tandem.hyperparameters import Values
from tandem.kinds import listed


def decide(raw: Raw, values: Values) -> Recipe:
    """Make the recipe of a training set.

    Raises UserError for a column that is not there or a treatment that does not exist, BadData for
    a word in a column of numbers.
    """
    target = None if values[TARGET] == NO_TARGET else values[TARGET]
    if target is not None:
        require(raw.names, target, "the target")
    for name in (*values[DROP], *values[COLUMNS]):
        require(raw.names, name, "the column")
    columns = tuple(_column(name, raw, values) for name in raw.names if name != target)
    if all(column.step == DROPPED for column in columns):
        raise UserError("no column is left to make features of")
    missing = frozenset({"", *values[MISSING_VALUES]})
    return Recipe(
        version=__version__,
        target=target,
        classes=_classes(raw.column(target), missing) if target else None,
        missing_values=values[MISSING_VALUES],
        layout=raw.names,
        columns=columns,
        rows=raw.rows,
    )


def _column(name: str, raw: Raw, values: Values) -> Column:
    missing = frozenset({"", *values[MISSING_VALUES]})
    cells = raw.column(name)
    asked = values[COLUMNS].get(name)
    if name not in values[DROP] and asked is None:
        defaults = Defaults({"impute": values[IMPUTE], "scale": values[SCALE]}, values[ENCODE])
        try:
            return infer(name, cells, missing, defaults)
        except BadData as error:
            raise BadData(
                error.what, where=raw.where(error.where.row or 0, name), remedy=error.remedy
            ) from error
    step, options = (DROPPED, {}) if asked is None else _treatment(name, asked, values)
    present = [cell for cell in cells if cell not in missing]
    return Column(name, step, options, "as asked", len(cells) - len(present), len(set(present)))


def _treatment(name: str, asked: object, values: Values) -> tuple[str, dict[str, str]]:
    wish = {"step": asked} if isinstance(asked, str) else asked
    if not isinstance(wish, Mapping) or "step" not in wish:
        raise UserError(f"hyperparameter 'columns' must say the step of {name!r}")
    step = values[ENCODE] if wish["step"] == "category" else str(wish["step"])
    if step == DROPPED:
        return step, {}
    if step not in STEPS:
        known = [*STEPS, "category", DROPPED]
        hint = did_you_mean(step, known)
        raise UserError(
            f"hyperparameter 'columns': {name!r} asks for step {step!r}, which does not exist"
            + (f"; {hint}" if hint else ""),
            remedy="" if hint else f"Steps are {listed(known)}",
        )
    return step, _options(name, step, {k: v for k, v in wish.items() if k != "step"}, values)


def _options(name: str, step: str, asked: Mapping[str, object], values: Values) -> dict[str, str]:
    allowed = STEPS[step].options
    for option, value in asked.items():
        if option not in allowed or value not in allowed[option]:
            choices = [f"{key}: {', '.join(words)}" for key, words in allowed.items()]
            raise UserError(
                f"hyperparameter 'columns': step {step!r} of {name!r} has no {option}={value!r}",
                remedy=f"It has {listed(choices) or 'no options'}",
            )
    general = {"impute": values[IMPUTE], "scale": values[SCALE]}
    return {option: str(asked.get(option, general.get(option))) for option in allowed}


def _classes(cells: list[str], missing: frozenset[str]) -> tuple[str, ...] | None:
    """Give the class names of a target that is not a number; missing ones are refused later."""
    try:
        for cell in cells:
            number(cell.strip(), missing)
    except ValueError:
        return tuple(sorted(set(cells) - missing))
    return None
