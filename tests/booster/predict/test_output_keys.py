"""What an answer holds beside the prediction, objective by objective."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import xgboost as xgb

from booster.serving import BoosterModel
from tandem.contract import settings
from tandem.data.tables import Table
from tandem.errors import UserError
from tandem.serving.app import create_app
from tandem.serving.model_service import ModelService

RNG = np.random.default_rng(7)
ROWS = RNG.normal(size=(200, 4)).astype(np.float32)
CLASSES = (ROWS[:, 0] > 0).astype(int) + (ROWS[:, 1] > 0.5).astype(int)
ALL = (
    "predicted_label",
    "labels",
    "probability",
    "probabilities",
    "raw_score",
    "raw_scores",
    "predicted_score",
)


def model(objective: str, **parameters: object) -> BoosterModel:
    multi = objective.startswith("multi:")
    label = CLASSES if multi else (CLASSES > 0) if objective.startswith("binary:") else ROWS[:, 0]
    return BoosterModel(
        xgb.train(
            {"objective": objective, "max_depth": 3, "nthread": 1, **parameters},
            xgb.DMatrix(ROWS, label),
            8,
        )
    )


def selected(made: BoosterModel, *names: str) -> dict[str, np.ndarray]:
    answer = made.select(Table(ROWS[:20].astype(np.float64)), names)
    return {output.name: output.values for output in answer.outputs}


def missing(found: dict[str, np.ndarray]) -> set[str]:
    return {name for name, values in found.items() if np.isnan(values).all()}


def test_binary_logistic_tells_label_and_probabilities() -> None:
    made = model("binary:logistic")
    score = made.predict(Table(ROWS[:20].astype(np.float64))).numbers[:, 0]
    found = selected(made, *ALL)
    assert found["predicted_label"].tolist() == (score > 0.5).astype(float).tolist()
    assert found["labels"].tolist() == [[0.0, 1.0]] * 20
    assert found["probability"].tolist() == score.tolist()
    assert found["probabilities"].tolist() == np.stack([1 - score, score], axis=1).tolist()
    assert found["raw_score"].tolist() == score.tolist()
    assert found["raw_scores"].tolist() == found["probabilities"].tolist()
    assert missing(found) == {"predicted_score"}


@pytest.mark.parametrize("objective", ["binary:logitraw", "binary:hinge"])
def test_scores_without_probabilities_have_labels_at_zero(objective: str) -> None:
    made = model(objective)
    score = made.predict(Table(ROWS[:20].astype(np.float64))).numbers[:, 0]
    found = selected(made, *ALL)
    assert found["predicted_label"].tolist() == (score > 0).astype(float).tolist()
    assert missing(found) == {"probability", "probabilities", "predicted_score"}


def test_softprob_tells_the_winning_class() -> None:
    made = model("multi:softprob", num_class=3)
    scores = made.predict(Table(ROWS[:20].astype(np.float64))).numbers
    found = selected(made, *ALL)
    assert found["predicted_label"].tolist() == scores.argmax(axis=1).tolist()
    assert found["labels"].tolist() == [[0.0, 1.0, 2.0]] * 20
    assert found["probability"].tolist() == scores.max(axis=1).tolist()
    assert found["probabilities"].tolist() == scores.tolist()
    assert missing(found) == {"predicted_score"}


def test_softmax_has_a_label_and_no_probability() -> None:
    found = selected(model("multi:softmax", num_class=3), *ALL)
    assert set(found["predicted_label"].tolist()) <= {0.0, 1.0, 2.0}
    assert found["labels"].shape == (20, 3)
    assert missing(found) == {"probability", "probabilities", "predicted_score"}


def test_regression_has_a_score_alone() -> None:
    assert missing(selected(model("reg:squarederror"), *ALL)) == set(ALL) - {"predicted_score"}


@pytest.mark.parametrize(
    ("objective", "parameters"),
    [
        ("reg:squarederror", {}),
        ("reg:gamma", {"base_score": 2.0}),
        ("binary:logistic", {}),
        ("multi:softprob", {"num_class": 3}),
    ],
)
def test_contributions_and_bias_sum_up_to_the_margin(
    objective: str, parameters: dict[str, object]
) -> None:
    label = np.abs(ROWS[:, 0]) + 0.1 if objective == "reg:gamma" else None
    if label is None:
        made = model(objective, **parameters)
    else:
        made = BoosterModel(
            xgb.train({"objective": objective, **parameters}, xgb.DMatrix(ROWS, label), 8)
        )
    values = selected(made, "contributions")["contributions"].reshape(20, -1, ROWS.shape[1] + 1)
    (booster,) = made._models
    assert isinstance(booster, xgb.Booster)
    margin = booster.predict(xgb.DMatrix(ROWS[:20]), output_margin=True).reshape(20, -1)
    assert values.sum(axis=2) == pytest.approx(margin, abs=1e-5)


def test_interactions_sum_up_to_contributions_and_leaves_name_one_a_tree() -> None:
    found = selected(model("reg:squarederror"), "contributions", "interactions", "leaf")
    grid = found["interactions"].reshape(20, 5, 5)
    assert grid.sum(axis=2) == pytest.approx(found["contributions"], abs=1e-5)
    assert found["leaf"].shape == (20, 8)


@pytest.mark.parametrize(
    ("parameters", "has", "lacks"),
    [
        ({"booster": "gblinear"}, ["contributions"], ["interactions", "leaf"]),
        ({"multi_strategy": "multi_output_tree"}, ["leaf"], ["contributions", "interactions"]),
    ],
)
def test_an_explanation_that_xgboost_has_not_is_refused(
    parameters: dict[str, object], has: list[str], lacks: list[str]
) -> None:
    label = ROWS[:, :2] if "multi_strategy" in parameters else ROWS[:, 0]
    service = ModelService(
        BoosterModel(xgb.train(parameters, xgb.DMatrix(ROWS, label), 3)), settings.read({})
    )
    client = create_app(service).test_client()
    for statuses, names in ((200, has), (400, lacks)):
        for name in names:
            answer = client.post(
                f"/invocations?output={name}", data="1,2,3,4\n", content_type="text/csv"
            )
            assert answer.status_code == statuses
            refusal = f"a model of this kind has no output {name!r}."
            assert statuses == 200 or answer.get_json()["message"] == refusal


@pytest.mark.parametrize("kind", ["gbtree", "gblinear"])
def test_a_model_with_names_explains_rows_without(kind: str) -> None:
    matrix = xgb.DMatrix(ROWS, ROWS[:, 0], feature_names=["a", "b", "c", "d"])
    made = BoosterModel(xgb.train({"booster": kind}, matrix, 3))
    score = made.predict(Table(ROWS[:20].astype(np.float64))).numbers[:, 0]
    found = selected(made, "contributions")["contributions"]
    assert found.sum(axis=1) == pytest.approx(score, abs=1e-5)


def test_several_quantiles_are_one_score_each() -> None:
    parameters = {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}
    made = BoosterModel(xgb.train(parameters, xgb.DMatrix(ROWS, ROWS[:, 0]), 3))
    both = made.predict(Table(ROWS[:20].astype(np.float64))).numbers
    assert both.shape == (20, 2)
    assert selected(made, "predicted_score")["predicted_score"].tolist() == both.tolist()


def test_what_is_asked_for_comes_by_header_query_or_setting_in_its_order() -> None:
    made = model("binary:logistic")
    service = ModelService(made, settings.read({}))
    client = create_app(service).test_client()
    body = "0.5,1,-1,0\n"
    by_header = client.post(
        "/invocations",
        data=body,
        headers={
            "Content-Type": "text/csv",
            "Accept": "application/json",
            "X-Amzn-SageMaker-Custom-Attributes": "trace=1;output=predicted_label,probabilities",
        },
    )
    (prediction,) = json.loads(by_header.data)["predictions"]
    assert list(prediction) == ["predicted_label", "probabilities"]
    assert prediction["predicted_label"] == 1
    assert sum(prediction["probabilities"]) == pytest.approx(1.0)
    by_query = client.post(
        "/invocations?output=predicted_label,probabilities",
        data=body,
        headers={"Content-Type": "text/csv", "Accept": "application/json"},
    )
    assert by_query.data == by_header.data
    always = settings.read({"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, probabilities"})
    by_setting = create_app(ModelService(made, always)).test_client()
    line = by_setting.post("/invocations", data=body, content_type="text/csv").data.decode()
    pair = ", ".join(str(np.float32(value)) for value in prediction["probabilities"])
    assert line == f'1,"[{pair}]"\n'


def test_an_output_that_is_not_offered_is_refused_before_predicting() -> None:
    service = ModelService(model("reg:squarederror"), settings.read({}))
    client = create_app(service).test_client()
    answer = client.post("/invocations?output=contribution", data="x", content_type="text/csv")
    assert answer.status_code == 400
    assert "no output 'contribution'; did you mean 'contributions'?" in answer.get_json()["message"]
    with pytest.raises(UserError, match="no output 'labls'"):
        ModelService(
            model("reg:squarederror"), settings.read({"SAGEMAKER_INFERENCE_OUTPUT": "labls"})
        )


def test_outputs_come_in_every_format_that_can_hold_them() -> None:
    service = ModelService(model("binary:logistic"), settings.read({}))
    asked = ("predicted_label", "probabilities")

    def answer(accept: str) -> bytes:
        return service.invoke("text/csv", accept, b"0.5,1,-1,0\n-2,1,-1,0\n", asked).body

    rows = [json.loads(line) for line in answer("application/jsonlines").splitlines()]
    assert json.loads(answer("application/json")) == {"predictions": rows}
    flat = [[row["predicted_label"], *row["probabilities"]] for row in rows]
    array = np.lib.format.read_array(io.BytesIO(answer("application/x-npy")))
    assert array == pytest.approx(np.array(flat))
    record = answer("application/x-recordio-protobuf")
    assert record.count(b"predicted_label") == record.count(b"probabilities") == 2
    assert np.float32(rows[0]["probabilities"][1]).tobytes() in record


def test_trees_and_a_linear_model_answer_their_mean() -> None:
    matrix = xgb.DMatrix(ROWS, ROWS[:, 0])
    boosters = [
        xgb.train({"booster": kind, "nthread": 1}, matrix, 3) for kind in ("gbtree", "gblinear")
    ]
    alone = [BoosterModel(one) for one in boosters]
    both, rows = BoosterModel(*boosters), Table(ROWS[:20].astype(np.float64))
    mean = np.mean([one.predict(rows).numbers for one in alone], axis=0)
    assert both.predict(rows).numbers == pytest.approx(mean, abs=1e-6)
    parts = [selected(one, "contributions")["contributions"] for one in alone]
    found = selected(both, "contributions")["contributions"]
    assert found == pytest.approx(np.mean(parts, axis=0), abs=1e-6)
