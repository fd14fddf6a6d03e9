"""A job of data quality: a baseline, or the violations of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyzer.contract.json_files import write_json
from analyzer.contract.message_file import NO_VIOLATIONS, describe_violations
from analyzer.contract.metrics_file import write_metrics
from analyzer.contract.monitor_job import MonitorJob
from analyzer.contract.violations import write_violations
from analyzer.data_quality import checks
from analyzer.data_quality.baseline import Baseline, read_baseline
from analyzer.data_quality.checks import DriftResult
from analyzer.data_quality.dataset_summary import TableSummary, summarize
from analyzer.data_quality.metrics import build_metrics
from analyzer.dataset.job_engine import JobEngine
from analyzer.dataset.reading import read_chunks
from analyzer.dataset.scripts import RecordHandler, run_postprocessing
from analyzer.dataset.shares import Share
from tandem.baseline import baseline_files
from tandem.baseline.column_profile import ColumnProfile
from tandem.logs import logger

DRIFT = "drift.json"


def run_analysis(job: MonitorJob, engine: JobEngine) -> str:
    """Analyze the data set and write the results. Return the job's exit message."""
    baseline = (
        read_baseline(job.baseline_constraints, job.baseline_statistics)
        if job.baseline_constraints is not None
        else None
    )
    names = list(baseline.features) if baseline else []
    summary: TableSummary = engine.map_reduce(summarize_share, merge_summaries, names)
    columns = summary.describe()
    logger.info("%d rows of %d columns", summary.rows, len(columns))
    job.output_path.mkdir(parents=True, exist_ok=True)
    baseline_files.write_baseline(
        job.output_path, columns, job.categorical_drift_method or "LInfinity"
    )
    message = _evaluate(job, baseline, columns) if baseline else NO_VIOLATIONS
    if job.postprocessor_script is not None:
        run_postprocessing(job.postprocessor_script)
    return message


def summarize_share(job: MonitorJob, share: Share, names: Sequence[str]) -> TableSummary:
    """Return the summary of the files of one host; columns without names take `names`."""
    handler = RecordHandler(job.preprocessor_script) if job.preprocessor_script else None
    chunks = read_chunks(job.dataset_source, job.dataset_format, handler, share)
    return summarize(chunks, names)


def merge_summaries(one: TableSummary, other: TableSummary) -> TableSummary:
    """Return the summary of the rows of two hosts."""
    one.merge(other)
    return one


def _evaluate(job: MonitorJob, baseline: Baseline, columns: Sequence[ColumnProfile]) -> str:
    drift = checks.compare_features(baseline, columns)
    violations = checks.list_violations(baseline, columns, drift)
    for violation in violations:
        logger.warning(
            "%s: %s: %s",
            violation["constraint_check_type"],
            violation["feature_name"],
            violation["description"],
        )
    write_violations(job.output_path, violations)
    write_json(job.output_path / DRIFT, {"version": 0, "features": list(map(_describe, drift))})
    if job.publish_metrics:
        write_metrics(job, build_metrics(baseline, columns, drift))
    return describe_violations(len(violations))


def _describe(result: DriftResult) -> dict[str, Any]:
    """Return what `drift.json` has of a feature, beside the verdict."""
    comparison = result.comparison
    return {
        "name": result.name,
        "kind": comparison.kind,
        "baseline_count": comparison.baseline,
        "current_count": comparison.current,
        "distance": comparison.distance,
        "robust_distance": comparison.robust,
        "p_value": comparison.p_value,
        "corrected_p_value": result.corrected,
        "method": result.method,
        "threshold": result.threshold,
        "drifted": result.drifted,
    }
