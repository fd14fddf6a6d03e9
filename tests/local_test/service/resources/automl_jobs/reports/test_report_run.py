"""Reports within the time of their AutoML job, and what the analyzer gets of a search."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from local_test.automl.candidates import SearchCandidate
from local_test.automl.data.scores import Answers
from local_test.automl.data.tabular_file import read_file
from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchOptions, SearchPlan, make_plan
from local_test.service.resources.automl_jobs.job_request import read_budget
from local_test.service.resources.automl_jobs.page import AUTOML_PAGE
from local_test.service.resources.automl_jobs.reports import analyzed_data
from local_test.service.resources.automl_jobs.reports.report_jobs import ReportJobs
from local_test.service.resources.automl_jobs.reports.report_run import REPORT_KINDS, run_report


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> SearchPlan:
    """A regression with an identifier and nine columns."""
    folder = tmp_path_factory.mktemp("plan")
    rng = np.random.default_rng(0)
    names = [f"x{number}" for number in range(9)]
    rows = [f"{row},{','.join(f'{cell:.4f}' for cell in rng.normal(size=10))}" for row in range(99)]
    (folder / "data.csv").write_text("\n".join([",".join(["row", *names, "y"]), *rows]) + "\n")
    return make_plan(read_file(folder / "data.csv"), SearchOptions("y"), folder / "out")


def make_winner(folder: Path) -> Winner:
    candidate = SearchCandidate(0, "job-0000", "onehot", "gbtree", {}, "Completed")
    answers = Answers(np.zeros(1), np.zeros((1, 1)))
    return Winner(candidate, (candidate,), 1.0, 1.0, 0.0, {}, answers, folder)


def test_a_report_without_time_is_left_out_with_the_reason(
    plan: SearchPlan, tmp_path: Path
) -> None:
    jobs = ReportJobs(cast(Any, None), plan, make_winner(tmp_path), tmp_path)
    ends = [
        run_report(kind, jobs, time.monotonic() + 4, threading.Event()) for kind in REPORT_KINDS
    ]
    assert [end.location for end in ends] == ["", ""]
    assert ends[0].failure == (
        "No Explainability report: MaxAutoMLJobRuntimeInSeconds is over. Give the job more time."
    )
    assert [end.job for end in ends] == ["job-0000-explain", "job-0000-insights"]
    assert list(tmp_path.iterdir()) == []


def test_the_page_shows_why_a_report_is_missing() -> None:
    record = {
        "AutoMLJobName": "a",
        "AutoMLJobSecondaryStatus": "MaxCandidatesReached",
        "PartialFailureReasons": [{"PartialFailureMessage": "No ModelInsights report: why."}],
    }
    values = AUTOML_PAGE.fill(cast(Any, None), "eu-west-1", record)
    assert values["failures"] == ["No ModelInsights report: why."]
    assert values["reports"] == []


@pytest.mark.parametrize(("limit", "search"), [(100, 80.0), (3600, 3420.0)])
def test_the_search_leaves_time_for_the_reports(limit: int, search: float) -> None:
    criteria = {"CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": limit}}
    record = {"AutoMLProblemTypeConfig": {"TabularJobConfig": criteria}}
    assert read_budget(record)[0].seconds == search


def test_the_columns_that_no_candidate_uses_are_not_explained(
    plan: SearchPlan, tmp_path: Path
) -> None:
    config = analyzed_data.make_analysis_config(plan, make_winner(tmp_path), "model")
    shap = config["methods"]["shap"]
    assert shap["features_to_explain"] == [f"x{number}" for number in range(9)]
    assert shap["num_samples"] == 18 + 256
    analyzed_data.write_explained_rows(plan, tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    held_out = plan.held_out[0].read_text().splitlines()
    assert len(lines) == len(held_out) == 20
    assert set(lines) == set(held_out)
