"""The kinds of reports, and the run of one within the time of the AutoML job."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local_test.errors import LocalError
from local_test.service.resources.automl_jobs.reports.report_jobs import (
    EXPLAIN,
    MEASURE,
    ReportJobs,
)
from local_test.service.storage.s3 import S3Uri

_LEAST_SECONDS, _MOST_SECONDS = 5, 3600


@dataclass(frozen=True)
class ReportKind:
    """A kind of report: its field of CandidateArtifactLocations, the job's status, its job."""

    field: str
    status: str
    job: str
    run: Callable[[ReportJobs, int, threading.Event], S3Uri]


REPORT_KINDS = (
    ReportKind("Explainability", "GeneratingExplainabilityReport", EXPLAIN, ReportJobs.explain),
    ReportKind("ModelInsights", "GeneratingModelInsightsReport", MEASURE, ReportJobs.measure),
)


@dataclass(frozen=True)
class ReportEnd:
    """What came of a report: its job, and its location or why there is none."""

    job: str
    location: str = ""
    failure: str = ""


def run_report(
    kind: ReportKind, jobs: ReportJobs, deadline: float, stop: threading.Event
) -> ReportEnd:
    """Run the job of a report until `deadline`, a time of the monotonic clock in seconds.

    With less than 5 seconds left there is no job.
    """
    job = jobs.name_job(kind.job)
    left = deadline - time.monotonic()
    if left < _LEAST_SECONDS:
        return ReportEnd(
            job,
            failure=f"No {kind.field} report: MaxAutoMLJobRuntimeInSeconds is over. "
            "Give the job more time.",
        )
    try:
        location = kind.run(jobs, math.floor(min(left, _MOST_SECONDS)), stop)
    except LocalError as error:
        return ReportEnd(job, failure=f"No {kind.field} report: {error}.")
    return ReportEnd(job, str(location))
