"""What the target is, found out from its cells and from what is asked for: classes or numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from preprocessor.asking import Asked
from preprocessor.hyperparameters import TARGET_SCALE, TARGET_TYPE, THRESHOLD, TOP_K
from preprocessor.raw import Raw
from preprocessor.terms import Terms, fitted
from tandem.data.numerals import number, numbers
from tandem.errors import UserError

Classes = tuple[str, ...] | None


def decide(raw: Raw, asked: Asked, target: str, missing: frozenset[str]) -> tuple[Classes, Terms]:
    """Give the target's class names in the order of their numbers, where it has any, and its terms.

    Raises UserError where what is asked for does not fit the target, and BadData, naming the row,
    for a value that the scale does not have.
    """
    cells = raw.column(target)
    present = {cell for cell in cells if cell not in missing}
    classes = _classes(present, asked.values[TARGET_TYPE])
    terms = Terms(asked.values[TARGET_SCALE], (), asked.values[THRESHOLD], asked.values[TOP_K])
    _check(target, classes, terms, asked)
    if terms.scale != Terms.scale:
        values = numbers(cells, missing, lambda index: raw.where(index, target))
        column = np.array(values, dtype=np.float64)
        terms = fitted(terms, column)
        terms.labels(column, lambda index: raw.where(index, target))
    return classes, terms


def _classes(present: set[str], asked: str) -> Classes:
    numeric = _reads(present)
    if asked == "number" or (asked == "auto" and numeric):
        return None
    return tuple(sorted(present, key=number if numeric else None))


def _check(target: str, classes: Classes, terms: Terms, asked: Asked) -> None:
    count = len(classes or ())
    kind = f"has {count} classes" if count else "is a number"
    if count and terms.scale != Terms.scale:
        raise UserError(f"hyperparameter 'target_scale' is {terms.scale!r}, and {target!r} {kind}")
    if asked.values[THRESHOLD] != Terms.threshold and count != 2:
        raise UserError(f"hyperparameter 'threshold' needs two classes, and {target!r} {kind}")
    if terms.top > max(1, count):
        raise UserError(f"hyperparameter 'top_k' is {terms.top}, and {target!r} {kind}")


def _reads(cells: Sequence[str] | set[str]) -> bool:
    try:
        for cell in cells:
            number(cell.strip())
    except ValueError:
        return False
    return True
