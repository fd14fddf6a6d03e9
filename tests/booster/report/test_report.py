"""The report: true figures, one page, nothing beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn import metrics as reference

from booster.model import booster_io
from booster.report import figures
from booster.training import train
from tests.booster.training_jobs import make_features, make_labels, prepare_job
from tests.pages import Page

EVERYWHERE = {"Importance", "Data", "Hyperparameters in force"}
SHAP, PAIR = "Contributions (SHAP, validation)", "Predicted against true (validation)"


def reported(root: Path, kind: str, texts: dict[str, str]) -> tuple[str, dict[str, Any]]:
    job = prepare_job(root, kind, texts)
    train(job)
    folder = job.paths.output_data
    facts = json.loads((folder / "metrics.json").read_text(), parse_constant=pytest.fail)
    return (folder / "report.html").read_text(), facts


@pytest.mark.parametrize(
    ("kind", "texts", "headings"),
    [
        ("number", {"objective": "reg:squarederror"}, {PAIR, SHAP, "Learning curve: rmse"}),
        ("number", {"booster": "gblinear"}, {PAIR, SHAP, "Learning curve: rmse"}),
        ("number", {"booster": "dart", "rate_drop": "0.2"}, {PAIR, SHAP, "Learning curve: rmse"}),
        (
            "binary",
            {"objective": "binary:logistic", "eval_metric": "auc,error"},
            {
                SHAP,
                "Learning curve: auc",
                "Learning curve: error",
                "Confusion matrix (validation)",
                "ROC (validation)",
                "Precision and recall (validation)",
            },
        ),
        (
            "class",
            {"objective": "multi:softprob", "num_class": "3"},
            {SHAP, "Learning curve: mlogloss", "Confusion matrix (validation)"},
        ),
        (
            "class",
            {
                "objective": "multi:softprob",
                "num_class": "3",
                "multi_strategy": "multi_output_tree",
            },
            {"Learning curve: mlogloss", "Confusion matrix (validation)"},
        ),
        (
            "number",
            {"objective": "reg:quantileerror", "quantile_alpha": "0.1,0.9"},
            {SHAP, "Learning curve: quantile"},
        ),
        ("time", {"objective": "survival:cox"}, {SHAP, "Learning curve: cox-nloglik"}),
        (
            "count",
            {"objective": "rank:ndcg", "single_query": "true"},
            {SHAP, "Learning curve: ndcg@32"},
        ),
    ],
)
def test_a_report_has_what_its_objective_has(
    kind: str, texts: dict[str, str], headings: set[str], tmp_path: Path
) -> None:
    text, _ = reported(tmp_path, kind, texts)
    page = Page(text)
    assert page.open == []
    assert set(page.headings) == headings | EVERYWHERE
    assert page.addresses == []
    assert "http" not in text
    assert re.search(r"\bnan\b", text) is None
    assert len(text) < 250_000


def test_the_figures_are_those_of_the_model(tmp_path: Path) -> None:
    texts = {"early_stopping_rounds": "2", "num_round": "50", "eta": "0.9", "eval_metric": "mae"}
    _, facts = reported(tmp_path, "number", texts)
    model = booster_io.load(tmp_path / "model")
    said = model.predict(xgb.DMatrix(make_features()[160:]))
    error = float(np.abs(said - make_labels("number")[160:]).mean())
    curve = facts["learning_curves"]["validation"]["mae"]
    assert facts["scores"]["validation"]["mae"] == pytest.approx(error, rel=1e-5)
    assert curve[facts["kept_round"]] == min(curve) == facts["scores"]["validation"]["mae"]
    assert facts["rounds"] == len(curve) == facts["kept_round"] + 3
    gain = model.get_score(importance_type="total_gain")
    total = sum(np.sum(value) for value in gain.values())
    assert facts["importance"]["f0"] == pytest.approx(np.sum(gain["f0"]) / total)
    assert facts["data"]["train"]["rows"] == 160
    assert facts["data"]["validation"]["label_mean"] == pytest.approx(
        make_labels("number")[160:].mean(), rel=1e-5
    )
    assert facts["hyperparameters"]["eta"] == 0.9
    assert facts["hyperparameters"]["max_depth"] == 6
    assert "rate_drop" not in facts["hyperparameters"]
    assert facts["versions"]["xgboost"] == xgb.__version__


@pytest.mark.parametrize(
    ("splits", "depth", "rows"),
    [
        pytest.param(0, 6, 150, id="no split"),
        pytest.param(5_700, 6, 150, id="100 rounds of depth 6"),
        pytest.param(97_000, 10, 20, id="200 rounds of depth 10"),
        pytest.param(97_000, 0, 12, id="any depth"),
        pytest.param(2_000_000, 10, 10, id="4000 rounds of depth 10"),
    ],
)
def test_a_large_model_is_explained_on_fewer_rows(splits: int, depth: int, rows: int) -> None:
    assert figures.count_explained_rows(splits, depth) == rows


@pytest.mark.parametrize("ties", [False, True])
def test_the_curves_have_scikit_learns_areas(*, ties: bool) -> None:
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, 300).astype(float)
    scores = label + generator.normal(size=300)
    scores = scores.round(0) if ties else scores
    roc, pair = figures.compute_roc(label, scores), figures.compute_precision_recall(label, scores)
    assert roc is not None
    assert pair is not None
    assert roc.area == pytest.approx(reference.roc_auc_score(label, scores), rel=1e-12)
    assert pair.area == pytest.approx(reference.average_precision_score(label, scores), rel=1e-12)
    assert [roc.points[0], roc.points[-1]] == [(0.0, 0.0), (1.0, 1.0)]
    assert figures.compute_roc(np.ones(3), scores[:3]) is None


def test_a_metric_that_is_no_number_does_not_spoil_the_page(tmp_path: Path) -> None:
    texts = {"objective": "reg:squarederror", "eval_metric": "rmsle"}
    text, facts = reported(tmp_path, "number", texts)
    assert facts["scores"]["validation"]["rmsle"] is None
    assert "n/a" in text
