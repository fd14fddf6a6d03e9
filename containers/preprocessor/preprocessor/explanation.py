"""Explanations that pass through the inverse stage: a booster's JSON, its score turned back.

Attributions stay in the booster's units, in which they add up. Their unit is told in terms of the
target, as `log(1 + price)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from preprocessor.recipe.target_transform import SCALES, TargetTransform
from tandem.data.arrays import Float64Array
from tandem.data.rows.json_rows import JsonRows
from tandem.data.tables import ATTRIBUTIONS, BASE_VALUE, SCORE, UNIT, Output, Table
from tandem.errors import BadData, Location

_PARTS = (SCORE, ATTRIBUTIONS, BASE_VALUE, UNIT)


def read_explained(source: JsonRows) -> Table:
    """Read explained predictions: scores as numbers, the other parts as outputs.

    Raises BadData when a part is missing, or is not as a booster writes it.
    """
    names = list(source.names or ())
    columns = dict(zip(names, zip(*source.rows, strict=True), strict=True))
    if set(columns) != set(_PARTS):
        raise _make_error(source)
    try:
        scores = np.array([_read_numbers(cell) for cell in columns[SCORE]], dtype=np.float64)
        base = np.array(columns[BASE_VALUE], dtype=np.float64)
        first = columns[ATTRIBUTIONS][0]
        titles = tuple(first[0] if isinstance(first, list) else first)
        cells = [_read_attributions(cell, titles) for cell in columns[ATTRIBUTIONS]]
        attributions = np.array(cells, dtype=np.float64)
        units = np.array([str(cell) for cell in columns[UNIT]], dtype=object)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise _make_error(source) from error
    outputs = (
        Output(ATTRIBUTIONS, attributions, titles),
        Output(BASE_VALUE, base),
        Output(UNIT, units),
    )
    return Table(scores, outputs=outputs)


def answer_values(table: Table, values: Float64Array, unit: str) -> Table:
    """Return explained values of a target; `unit` replaces the score in the attributions' unit.

    `values` has shape (rows, outputs).
    """
    attributions, base, units = table.outputs
    scores = values if values.shape[1] > 1 else values[:, 0]
    named = np.array([text.replace(SCORE, unit) for text in units.values], dtype=object)
    return Table(
        values,
        outputs=(Output(SCORE, scores), attributions, base, replace(units, values=named)),
    )


def name_target_unit(terms: TargetTransform, target: str) -> str:
    """Return what a label is in terms of the target, as `log(1 + price)`."""
    words = SCALES[terms.scale].words.format(*terms.numbers)
    return words.replace("the value", "value").replace("value", target)


def _read_numbers(cell: Any) -> list[float]:
    return [float(each) for each in (cell if isinstance(cell, list) else [cell])]


def _read_attributions(cell: Any, titles: Sequence[str]) -> Any:
    if isinstance(cell, list):
        return [_read_attributions(each, titles) for each in cell]
    if not isinstance(cell, dict) or cell.keys() != set(titles):
        raise KeyError(titles)
    return [float(cell[title]) for title in titles]


def _make_error(source: JsonRows) -> BadData:
    return BadData(
        f"is no explained prediction, which has the parts {', '.join(_PARTS)}",
        where=Location(source.where(0).file, 1),
        remedy="Send what the booster answers to output=explanation",
    )
