"""The inverse stage answers in the target's terms, whatever format the predictions come in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessor import inverse
from preprocessor.inverse import ClassModel, ValueModel
from preprocessor.recipe.target_transform import TargetTransform, fit_scale
from tandem import codecs
from tandem.contract.settings import Settings
from tandem.data.summaries.distribution import build_distribution
from tandem.data.tables import Table
from tandem.errors import BadData, Location, UserError
from tandem.serving.model_service import ModelService
from tests.preprocessor.training_jobs import make_houses, train_job

ZONES = ("C (all)", "RL", "RM")
PAIR = ("cat", "dog")
SHARES = np.array([[0.2, 0.7, 0.1], [0.1, 0.2, 0.7]], dtype=np.float32)


def answered(
    model: ValueModel | ClassModel, body: bytes, accept: str = "text/csv", **more: str
) -> str:
    content_type = more.get("content_type", "text/csv")
    outputs = tuple(filter(None, more.get("outputs", "").split(",")))
    return ModelService(model, Settings()).invoke(content_type, accept, body, outputs).body.decode()


@pytest.mark.parametrize(
    ("classes", "terms", "body", "answer"),
    [
        (ZONES, TargetTransform(), b"0.2,0.7,0.1\n0.1,0.2,0.7\n", "RL\nRM\n"),
        (ZONES, TargetTransform(), b"1\n0\n2.0\n", "RL\nC (all)\nRM\n"),
        (ZONES, TargetTransform(top=2), b"0.2,0.7,0.1\n0.5,0.5,0\n", "RL,C (all)\nC (all),RL\n"),
        (ZONES, TargetTransform(top=2), b"1\n", "RL,\n"),
        (PAIR, TargetTransform(), b"0.5\n0.50001\n0\n1\n", "cat\ndog\ncat\ndog\n"),
        (PAIR, TargetTransform(threshold=0.8), b"0.8\n0.81\n", "cat\ndog\n"),
        (PAIR, TargetTransform(threshold=0.8), b"0.2,0.8\n0.1,0.9\n", "cat\ndog\n"),
        (PAIR, TargetTransform(threshold=0.8, top=2), b"0.7\n", "cat,dog\n"),
        (("a,b", 'say "é"'), TargetTransform(), b"0\n1\n", '"a,b"\n"say ""é"""\n'),
    ],
)
def test_predictions_become_names(
    classes: tuple[str, ...], terms: TargetTransform, body: bytes, answer: str
) -> None:
    assert answered(ClassModel(classes, terms), body) == answer


def test_predictions_become_values_again() -> None:
    prices = np.array([[34900.0], [163000.0], [755000.0]])
    model = ValueModel(TargetTransform("log1p"), "price")
    body = "".join(f"{value!r}\n" for value in np.log1p(prices[:, 0]).tolist()).encode()
    found = [float(line) for line in answered(model, body).splitlines()]
    assert found == pytest.approx(prices[:, 0].tolist(), rel=1e-12)
    known = ValueModel(TargetTransform("standard", (180_000.0, 50_000.0)), "price")
    assert answered(known, b"0,1\n-1,2\n") == "180000.0,230000.0\n130000.0,280000.0\n"
    assert answered(ValueModel(TargetTransform(), "price"), b"12.5\n") == "12.5\n"


def at(row: int) -> Location:
    return Location(row=row)


@given(
    st.sampled_from(["none", "log1p", "standard"]),
    st.lists(st.floats(-0.999, 1e12), min_size=1, max_size=20),
)
def test_a_label_of_a_value_stands_for_that_value(scale: str, values: list[float]) -> None:
    column = np.array(values)
    terms = fit_scale(TargetTransform(scale), build_distribution(column))
    labels = terms.to_labels(column, at)
    again = terms.to_values(labels[:, None], at)[:, 0]
    assert again == pytest.approx(column, rel=1e-9, abs=1e-9 * max(1.0, np.abs(column).max()))


@pytest.mark.parametrize("writer", codecs.WRITERS, ids=lambda writer: str(writer.media_types[0]))
@pytest.mark.parametrize("width", [1, 3])
def test_the_boosters_answer_is_read_in_every_format_it_writes(
    writer: codecs.Writer, width: int
) -> None:
    predictions = Table(SHARES if width == 3 else np.array([[1], [2]], dtype=np.float32))
    body = writer.encode(predictions)
    said = answered(ClassModel(ZONES, TargetTransform()), body, content_type=writer.media_types[0])
    assert said == "RL\nRM\n"


def test_predictions_by_name_may_have_any_order() -> None:
    model = ClassModel(ZONES, TargetTransform())
    rows = (
        b'{"score_2": 0.1, "score_0": 0.2, "score_1": 0.7}',
        b'{"score_2": 0.7, "score_0": 0.2, "score_1": 0.1}',
    )
    body = b"\n".join(rows)
    assert answered(model, body, content_type="application/jsonlines") == "RL\nRM\n"
    other = b'{"score_2": 0.1, "score_0": 0.2, "area": 0.7}'
    with pytest.raises(BadData, match="column 'score_1' is not there"):
        answered(model, other, content_type="application/jsonlines")


def test_outputs_carry_names_and_probabilities() -> None:
    model = ClassModel(ZONES, TargetTransform(top=2))
    body = b"0.25,0.5,0.25\n"
    asked = "predicted_label,probability,top_labels,top_probabilities,labels,probabilities"
    text = answered(model, body, "application/json", outputs=asked)
    assert json.loads(text)["predictions"] == [
        {
            "predicted_label": "RL",
            "probability": 0.5,
            "top_labels": ["RL", "C (all)"],
            "top_probabilities": [0.5, 0.25],
            "labels": list(ZONES),
            "probabilities": [0.25, 0.5, 0.25],
        }
    ]
    line = answered(model, body, outputs="top_labels,probability")
    assert line == '"[""RL"", ""C (all)""]",0.5\n'
    number = json.loads(answered(model, b"2\n", "application/jsonlines", outputs=asked))
    assert (number["predicted_label"], number["probability"]) == ("RM", None)
    assert number["top_labels"] == ["RM", None]
    assert number["probabilities"] == [None, None, None]


def test_names_are_written_in_every_format_that_has_texts() -> None:
    model = ClassModel(ZONES, TargetTransform())
    assert answered(model, b"1\n", "application/jsonlines") == '{"predicted_label": "RL"}\n'
    service = ModelService(model, Settings())
    parquet = service.invoke("text/csv", "application/x-parquet", b"1\n").body
    assert pd.read_parquet(io.BytesIO(parquet)).iloc[:, 0].tolist() == ["RL"]
    for accept in ("application/x-npy", "application/x-recordio-protobuf"):
        for outputs in ("", "labels"):
            with pytest.raises(UserError, match="texts cannot be written"):
                answered(model, b"1\n", accept, outputs=outputs)


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        (
            ClassModel(ZONES, TargetTransform()),
            b"1\n3\n",
            "row 2: the prediction is no class number",
        ),
        (
            ClassModel(ZONES, TargetTransform()),
            b"1\n1.5\n",
            "row 2: the prediction is no class number",
        ),
        (ClassModel(ZONES, TargetTransform()), b"-1\n", "classes 0 to 2"),
        (ClassModel(ZONES, TargetTransform()), b"1\n\n", "row 2: the prediction is missing"),
        (ClassModel(ZONES, TargetTransform()), b"0.1,0.2,\n", "row 1: the prediction is missing"),
        (
            ClassModel(ZONES, TargetTransform()),
            b"0.1,0.2\n",
            "a row has 2 columns, and predictions of",
        ),
        (
            ClassModel(ZONES, TargetTransform()),
            b"0.1,0.2,1.7\n",
            "row 1: the prediction is no probability",
        ),
        (
            ClassModel(PAIR, TargetTransform()),
            b"0.1\n-2.5\n",
            "row 2: the prediction is no probability",
        ),
        (
            ClassModel(PAIR, TargetTransform()),
            b"1\ndog\n",
            "a number is expected, and the value is a word",
        ),
        (
            ValueModel(TargetTransform("log1p"), "price"),
            b"12\n800\n",
            "row 2: the prediction is too large",
        ),
    ],
)
def test_what_is_no_prediction_is_refused_by_its_row(
    model: ValueModel | ClassModel, body: bytes, words: str
) -> None:
    with pytest.raises(BadData, match=words):
        answered(model, body)


def test_the_recipe_says_what_the_stage_is(tmp_path: Path) -> None:
    asked = {"target": "SalePrice", "target_scale": "log1p"}
    model = inverse.load_model(train_job(tmp_path / "a", make_houses(), asked).model)
    assert float(answered(model, b"12.0\n")) == pytest.approx(np.expm1(12.0))
    asked = {"target": "Zone", "top_k": "2"}
    names = inverse.load_model(train_job(tmp_path / "b", make_houses(), asked).model)
    assert answered(names, b"0.2,0.7,0.1\n") == "RL,C (all)\n"
    nothing = train_job(tmp_path / "c", make_houses(), {"target": "-"}).model
    with pytest.raises(UserError, match="the recipe has no target"):
        inverse.load_model(nothing)
