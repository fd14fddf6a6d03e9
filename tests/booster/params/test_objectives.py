"""Every objective learns, and gives the values it gave before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from booster.params.objectives import BY_NAME, OBJECTIVES, LearningTask
from tests.booster.training_jobs import make_features, make_labels, train_job

GOLDEN = Path(__file__).parents[2] / "golden" / "objectives.json"
KINDS = {
    LearningTask.NUMBER: "number",
    LearningTask.SHARE: "share",
    LearningTask.BINARY: "binary",
    LearningTask.CLASS: "class",
    LearningTask.COUNT: "count",
    LearningTask.QUANTILE: "number",
    LearningTask.RANK: "count",
    LearningTask.HAZARD: "time",
    LearningTask.TIME: "time",
}
POSITIVE = {"reg:gamma", "reg:tweedie", "reg:squaredlogerror"}
NEEDED = {
    "rank:pairwise": {"single_query": "true"},
    "rank:ndcg": {"single_query": "true"},
    "rank:map": {"single_query": "true"},
    "multi:softmax": {"num_class": "3"},
    "multi:softprob": {"num_class": "3"},
    "reg:quantileerror": {"quantile_alpha": "0.1,0.9"},
    "reg:tweedie": {"tweedie_variance_power": "1.3"},
    "reg:pseudohubererror": {"huber_slope": "2"},
    "survival:aft": {"aft_loss_distribution": "logistic", "aft_loss_distribution_scale": "0.8"},
}


def kind(name: str) -> str:
    if name == "rank:map":
        return "binary"
    return "positive" if name in POSITIVE else KINDS[BY_NAME[name].task]


def predictions(name: str, folder: Path) -> list[object]:
    """Give what the first four rows get."""
    booster = train_job(folder, kind(name), {"objective": name, **NEEDED.get(name, {})})
    scores = booster.inplace_predict(make_features().astype(np.float32)[:4])
    return [float(f"{value:.6g}") for value in np.asarray(scores).ravel()]


@pytest.mark.parametrize("name", [objective.name for objective in OBJECTIVES])
def test_an_objective_gives_its_golden_values(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert predictions(name, tmp_path) == pytest.approx(golden[name], rel=1e-5)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    shown = BY_NAME[name].metric.replace("nloglik", "nloglik@1.3") if "twee" in name else ""
    metric = shown or BY_NAME[name].metric
    assert [line.split("\t")[1].rsplit(":", 1)[0] for line in lines] == [f"train-{metric}"] * 5
    assert "nan" not in lines[-1]


def test_no_golden_value_is_left_over() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(golden) == set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "predicted", "classes"),
    [
        ("binary:logistic", [0.5, 0.51], [0, 1]),
        ("binary:logitraw", [0.2, -0.2], [1, 0]),
        ("binary:hinge", [0, 1], [0, 1]),
        ("multi:softmax", [2, 0], [2, 0]),
        ("multi:softprob", [[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]], [1, 0]),
    ],
)
def test_a_prediction_has_a_class(name: str, predicted: object, classes: list[int]) -> None:
    assert BY_NAME[name].to_classes(np.array(predicted, dtype=np.float32)).tolist() == classes


def test_a_negative_time_is_a_censored_one(tmp_path: Path) -> None:
    label = np.abs(make_labels("time"))
    censored = train_job(tmp_path / "a", "time", {"objective": "survival:aft"})
    rows = make_features().astype(np.float32)
    held = np.flatnonzero(make_labels("time") < 0)
    # A row that was still alive at its time is expected to live longer than that, on the whole.
    assert np.mean(censored.inplace_predict(rows)[held]) > np.mean(label[held])
