"""Reports of jobs in a browser: no serious finding of axe-core, and room enough on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from booster.training import train
from tests.analyzer.clarify.jobs import make_config, run_loans
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


@pytest.mark.parametrize("write", [report_training, report_fit, report_bias])
def test_a_report_has_no_serious_finding(write: Callable[[Path], Path], tmp_path: Path) -> None:
    check_report(write(tmp_path / "job"), tmp_path / "profile")
