"""Attributions that a model answers, put beside the columns of the data set."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.predictor.own_explanations import read_explanations
from tandem.errors import BadData


def answer(attributions: Any, base: Any = 0.5) -> bytes:
    row = {"attributions": attributions, "base_value": base, "attribution_unit": "log-odds"}
    return json.dumps({"predictions": [{"score": 1, **row}] * 2}).encode()


def test_columns_the_model_does_not_use_have_no_attribution() -> None:
    found = read_explanations([(answer({"zone": 2, "area": 1}), 2)] * 2, ["area", "id", "zone"])
    assert found.attributions[..., 0].tolist() == [[1, 0, 2]] * 4
    assert found.base.tolist() == [[0.5]] * 4
    assert found.unit == "log-odds"


def test_classes_are_outputs_and_numbers_are_positions() -> None:
    classes = [{"1": 1, "2": 2}, {"1": 3, "2": 4}]
    found = read_explanations([(answer(classes, [0.1, 0.2]), 2)], ["area", "zone"])
    assert found.attributions[0].tolist() == [[1, 3], [2, 4]]
    assert found.base[0].tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"0.5\n", "answers no attributions"),
        (b'{"predictions": [{"score": 1}, {"score": 2}]}', "answers no attributions"),
        (answer({"area": 1})[:-1] + b', "x": 1}', "does not have: 'area'"),
        (b'{"predictions": []}', "answers no attributions"),
    ],
)
def test_other_answers_are_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(BadData, match=sentence):
        read_explanations([(body, 2)], ["size"])
