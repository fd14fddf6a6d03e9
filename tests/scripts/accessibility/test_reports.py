"""Reports of jobs in a browser: no serious finding of axe-core, and room enough on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analyzer.clarify.feature_explanations import to_cells
from analyzer.explain.aggregation import aggregate
from analyzer.explain.explanations import Explanations
from analyzer.explain.kernel_shap import ObjectArray, explain
from analyzer.explain.partial_dependence import compute_partial_dependence
from analyzer.report.report_content import (
    AGGREGATIONS,
    ReportContent,
    list_examples,
    list_importances,
)
from analyzer.report.report_files import write_report
from booster.training import train
from tandem.data.arrays import FloatArray
from tests.analyzer.clarify.jobs import make_config, make_loans, run_loans
from tests.booster.training_jobs import prepare_job
from tests.preprocessor.training_jobs import make_houses, train_job
from tests.scripts.accessibility.axe_checks import check_report


def report_training(root: Path) -> Path:
    """Train a classifier; its report has curves, a confusion matrix and contributions."""
    job = prepare_job(root, "binary", {"objective": "binary:logistic", "eval_metric": "auc"})
    train(job)
    return job.paths.output_data / "report.html"


def report_fit(root: Path) -> Path:
    """Fit a transform of houses; its report has a table of columns."""
    return train_job(root, make_houses(), {"target": "SalePrice"}).output_data / "report.html"


def report_bias(root: Path) -> Path:
    """Run a Clarify job; its report has tables of bias metrics."""
    run_loans(root, make_config())
    return root / "processing" / "output" / "report.html"


def report_explanations(root: Path) -> Path:
    """Explain loans; the report has importances, a swarm of rows, examples and curves."""
    features = make_loans(120)[["sex", "income", "region", "age"]]
    cells = to_cells(features)

    def score(rows: ObjectArray) -> FloatArray:
        income = rows[:, 1].astype(float) + 12 * (rows[:, 0] == "m") - 56
        approved = 1 / (1 + np.exp(-income / 6))
        return np.stack([1 - approved, approved], axis=1)

    values = explain(score, cells, cells[:5], seed=1)
    outputs = ["refused", "approved"]
    explanations = Explanations(
        features=list(features.columns),
        outputs=outputs,
        attributions=values.attributions,
        expected=values.expected,
        global_values=aggregate(values.attributions, "mean_abs"),
        baseline=features[:5],
        unit="score",
    )
    content = ReportContent(
        title="Loans",
        lead="120 rows with 4 features.",
        importances=list_importances(explanations),
        aggregation=AGGREGATIONS["mean_abs"],
        examples=list_examples(explanations, features),
        curves=[
            compute_partial_dependence(score, features, name, 8, 1) for name in ("income", "sex")
        ],
        outputs=outputs,
        explanations=explanations,
        features=features,
    )
    root.mkdir()
    write_report(root, content)
    return root / "report.html"


@pytest.mark.parametrize("write", [report_training, report_fit, report_bias, report_explanations])
def test_a_report_has_no_serious_finding(write: Callable[[Path], Path], tmp_path: Path) -> None:
    check_report(write(tmp_path / "job"), tmp_path / "profile")
