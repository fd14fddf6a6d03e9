"""The merge job: ground truth joined to captured predictions."""

from __future__ import annotations

from analyzer.contract.monitor_job import MonitorJob
from tandem.errors import UserError


def run_merge(job: MonitorJob) -> str:
    """Merge the ground truth into the captured data. Return the job's exit message."""
    raise UserError(
        f"ground truth in {job.ground_truth_source} is not merged by this version of the analyzer"
    )
