"""Attributions that a model itself answers, as the images of this project do.

Source: docs/explanations.md, the output `explanation`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.data.arrays import Float64Array
from tandem.data.tables import ATTRIBUTIONS, BASE_VALUE, UNIT
from tandem.errors import BadData, join_words


@dataclass(frozen=True)
class OwnExplanations:
    """Attributions of shape (rows, features, outputs), base values (rows, outputs), their unit."""

    attributions: Float64Array
    base: Float64Array
    unit: str


def read_explanations(
    answers: Sequence[tuple[bytes, int]], names: Sequence[str]
) -> OwnExplanations:
    """Read the JSON answers to requests of so many rows each, for features of these names.

    A feature that the model does not use has attributions of 0. A model that knows no names
    numbers its features from 1. Raises BadData when an answer has no attributions of the rows, or
    those of other columns.
    """
    rows = [row for answer, count in answers for row in _read_rows(answer, count)]
    try:
        cells = [_to_list(row[ATTRIBUTIONS]) for row in rows]
        base = np.array([_to_list(row[BASE_VALUE]) for row in rows], dtype=np.float64)
        unit = str(rows[0][UNIT])
        titles = list(cells[0][0])
        values = np.array(
            [[[output[title] for output in cell] for title in titles] for cell in cells],
            dtype=np.float64,
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _make_error() from error
    places = _find_places(titles, names)
    attributions = np.zeros((len(rows), len(names), base.shape[1]))
    attributions[:, places] = values
    return OwnExplanations(attributions, base, unit)


def _find_places(titles: Sequence[str], names: Sequence[str]) -> list[int]:
    if list(titles) == [str(number + 1) for number in range(len(names))]:
        return list(range(len(names)))
    unknown = [title for title in titles if title not in names]
    if unknown:
        raise BadData(
            "the model explains columns that the data set does not have: "
            f"{join_words([repr(title) for title in unknown[:3]])}",
            remedy="Name the columns in headers as the model's training data does.",
        )
    return [list(names).index(title) for title in titles]


def _read_rows(answer: bytes, count: int) -> list[dict[str, Any]]:
    try:
        content = json.loads(answer)
        rows = content["predictions"]
    except (ValueError, KeyError, TypeError) as error:
        raise _make_error() from error
    if not isinstance(rows, list) or len(rows) != count:
        raise _make_error()
    return rows


def _to_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _make_error() -> BadData:
    return BadData(
        "the model answers no attributions, which methods.tree_shap needs",
        remedy="Use methods.shap, which explains any model.",
    )
