"""Requests and responses of a model in each format, and the labels made of its predictions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.configuration.checked_fields import CheckedFields
from analyzer.configuration.predictor_config import read_predictor
from analyzer.predictor.model_outputs import ModelOutputs
from analyzer.predictor.request_bodies import RequestBody
from tandem.errors import UserError

NAMES = ["size", "color"]
ROWS = np.array([[1, "red"], [2.5, "blue"], [-4, np.nan]], dtype=object)
SCORES = [[0.25], [0.9], [0.1]]
# Reads a body of one request and answers it.
Answer = Callable[[str], str]


def make_outputs(answer: Answer, **fields: Any) -> ModelOutputs:
    def send(bodies: Sequence[RequestBody]) -> Sequence[bytes]:
        return [answer(body.content.decode()).encode() for body in bodies]

    config = read_predictor(CheckedFields({"endpoint_name": "e", **fields}, "predictor"))
    return ModelOutputs(config, NAMES, send)


def score(size: float) -> float:
    return {1.0: 0.25, 2.5: 0.9}.get(size, 0.1)


def answer_csv(body: str) -> str:
    rows = list(csv.reader(body.splitlines()))
    assert [row[1] for row in rows] == ["red", "blue", ""][: len(rows)]
    return "\n".join(f"yes,{score(float(row[0]))}" for row in rows)


def answer_lines(body: str) -> str:
    rows = [json.loads(line)["x"] for line in body.splitlines()]
    assert rows[-1] == [-4, None]
    return "\n".join(json.dumps({"p": score(row[0])}) for row in rows)


def answer_records(body: str) -> str:
    rows = json.loads(body)["rows"]
    assert rows[0] == {"size": 1, "color": "red"}
    return json.dumps({"all": [{"p": score(row["size"])} for row in rows]})


def answer_single(body: str) -> str:
    row = json.loads(body)
    return json.dumps({"p": score(row["a"])})


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (answer_csv, {"probability": 1}),
        (
            answer_lines,
            {
                "content_type": "application/jsonlines",
                "accept_type": "application/jsonlines",
                "content_template": '{"x": $features}',
                "label": "p",
            },
        ),
        (
            answer_records,
            {
                "content_type": "application/json",
                "accept_type": "application/json",
                "content_template": '{"rows": $records}',
                "record_template": "$features_kvp",
                "probability": "all[*].p",
            },
        ),
        (
            answer_single,
            {
                "content_type": "application/json",
                "accept_type": "application/json",
                "content_template": "$record",
                "record_template": '{"a": ${size}, "b": ${color}}',
                "probability": "p",
            },
        ),
    ],
    ids=["csv", "lines", "records", "record"],
)
def test_scores_are_read_in_each_format(answer: Answer, fields: dict[str, Any]) -> None:
    assert make_outputs(answer, **fields).score_rows(ROWS).tolist() == SCORES


def predict(
    answers: Sequence[str], label: Sequence[Any], positive: Sequence[Any], fields: dict[str, Any]
) -> list[Any]:
    outputs = make_outputs(lambda _: "\n".join(answers), **fields)
    rows = np.zeros((len(answers), 2), dtype=object)
    return outputs.predict_labels(rows, pd.Series(label), positive, 0.5).tolist()


BINARY = [0, 1] * 50


@pytest.mark.parametrize(
    ("answers", "label", "positive", "fields", "predicted"),
    [
        (["0.2", "0.7"], BINARY, [1], {}, [0, 1]),
        (["1", "0"], BINARY, [1], {}, [1, 0]),
        (["yes", "no"], ["yes", "no"], ["yes"], {}, ["yes", "no"]),
        (["0.2", "0.7"], ["yes", "no"], ["yes"], {"label_headers": ["yes"]}, ["no", "yes"]),
        (["1.5", "-2"], [0.3, 0.1], [0.2], {}, [1.5, -2]),
        (
            ["0.1,0.7,0.2", "0.5,0.3,0.2"],
            ["a", "b", "c"],
            ["b"],
            {"label_headers": ["a", "b", "c"]},
            ["b", "a"],
        ),
        (
            ['"[""a"", ""b""]","[0.1, 0.9]"', '"[""a"", ""b""]","[0.6, 0.4]"'],
            ["a", "b"],
            ["b"],
            {"label": 0, "probability": 1},
            ["b", "a"],
        ),
    ],
    ids=["probability", "label", "text", "header", "regression", "classes", "lists"],
)
def test_labels_are_made_of_each_kind_of_prediction(
    answers: list[str],
    label: list[Any],
    positive: list[Any],
    fields: dict[str, Any],
    predicted: list[Any],
) -> None:
    assert predict(answers, label, positive, fields) == predicted


@pytest.mark.parametrize(
    ("answer", "fields", "message"),
    [
        ("0.5", {}, "the model answered 1 rows for 3"),
        ("x\ny\nz", {}, "the model's score is no number: 'x'. Set predictor.probability"),
        ("1\n2\n3", {"probability": 4}, "the model answered 1 columns, and none with index 4"),
        ("1\n2\n3", {"probability": "p"}, "the response is CSV. Use the zero-based index"),
        ('{"a": 1}\n' * 3, {"accept_type": "application/jsonlines"}, "the first has the fields a"),
        ('{"a": 1}\n' * 3, {"accept_type": "application/jsonlines", "label": "b"}, "'b' finds"),
        ("{", {"accept_type": "application/json", "label": "b"}, "the response is not JSON|is not"),
        ('{"a":1}', {"accept_type": "application/json", "label": "b["}, "invalid JMESPath 'b\\['"),
    ],
)
def test_a_response_that_cannot_be_read_is_refused(
    answer: str, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        make_outputs(lambda _: answer, **fields).score_rows(ROWS)


def test_many_rows_are_sent_in_requests_of_limited_size() -> None:
    sizes: list[int] = []

    def answer(body: str) -> str:
        sizes.append(len(body))
        return "1\n" * body.count("\n")

    outputs = make_outputs(answer)
    rows = np.full((300, 2), "x" * 5000, dtype=object)
    assert outputs.score_rows(rows).shape == (300, 1)
    assert len(sizes) == 4
    assert max(sizes) <= 1_000_000
