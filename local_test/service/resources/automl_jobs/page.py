"""The page of an AutoML job: its candidates, their metrics and jobs, the best one's reports."""

from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.automl_jobs.reports.report_view import PATH, list_reports
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB, SECONDARY
from local_test.service.resources.page import Page
from local_test.service.storage.records import Record


def _fill(_backend: Backend, region: str, record: Record) -> dict[str, Any]:
    best = record.get("BestCandidate") or {}
    return {
        "region": region,
        "secondary": record[SECONDARY],
        "best": best.get("CandidateName", ""),
        "metrics": [
            (metric["Set"], metric["StandardMetricName"], f"{metric['Value']:.6g}")
            for metric in best.get("CandidateProperties", {}).get("CandidateMetrics", ())
        ],
        "reports": [
            (f"{PATH}/{region}/{record[AUTOML_JOB.name_field]}/{name}", name, address)
            for name, address in list_reports(record).items()
        ],
        "failures": [
            one["PartialFailureMessage"] for one in record.get("PartialFailureReasons", ())
        ],
        "candidates": [_describe(one) for one in record.get("Candidates", ())],
    }


def _describe(candidate: Record) -> dict[str, Any]:
    metric = candidate.get("FinalAutoMLJobObjectiveMetric")
    return {
        "name": candidate["CandidateName"],
        "status": candidate["CandidateStatus"],
        "value": "" if metric is None else f"{metric['MetricName']} {metric['Value']:.6g}",
        "reason": candidate.get("FailureReason", ""),
        "jobs": [
            tuple(step["CandidateStepArn"].split(":", 5)[5].split("/", 1))
            for step in candidate["CandidateSteps"]
        ],
    }


AUTOML_PAGE = Page(AUTOML_JOB, Path(__file__).with_name("automl.html.jinja"), _fill)
