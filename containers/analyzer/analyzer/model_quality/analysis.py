"""A job of model quality: metrics as a baseline, or the violations of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from analyzer.contract.json_files import read_json, write_json
from analyzer.contract.message_file import NO_VIOLATIONS, describe_violations
from analyzer.contract.metrics_file import CloudWatchMetric, write_metrics
from analyzer.contract.monitor_job import MonitorJob
from analyzer.contract.violations import write_violations
from analyzer.dataset.job_engine import JobEngine
from analyzer.dataset.scripts import run_postprocessing
from analyzer.model_quality.problems import GREATER, LESS, PROBLEMS
from analyzer.model_quality.samples import join_samples, read_samples, stack_samples
from tandem.errors import BadData, UserError, join_words


def run_analysis(job: MonitorJob, engine: JobEngine) -> str:
    """Compute the metrics and write the results. Return the job's exit message.

    Raises UserError when the kind of problem is missing, BadData when the constraints are for
    another one.
    """
    if not job.problem_type:
        raise UserError(
            "environment variable problem_type is missing",
            remedy=f"It is one of {join_words(list(PROBLEMS), 'or')}",
        )
    problem = PROBLEMS[job.problem_type]
    section = f"{problem.name}_constraints"
    baseline: Mapping[str, Any] | None = None
    if job.baseline_constraints is not None:
        baseline = read_json(job.baseline_constraints).get(section)
        if not isinstance(baseline, Mapping):
            raise BadData(f"constraints.json has no {section}, and the job is {job.problem_type}")
    samples = stack_samples(engine.map_reduce(read_samples, join_samples))
    statistics = problem.build_statistics(samples)
    violations = [] if baseline is None else list(_find_violations(baseline, statistics))
    dataset = {
        "item_count": len(samples.labels),
        "start_time": _format(job.start_time),
        "end_time": _format(job.end_time),
        "evaluation_time": _format(datetime.now(UTC)),
    }
    write_json(
        job.output_path / "statistics.json",
        {
            "version": 0.0,
            "dataset": {k: v for k, v in dataset.items() if v is not None},
            f"{problem.name}_metrics": statistics,
        },
    )
    constraints = problem.suggest_constraints(statistics)
    write_json(job.output_path / "constraints.json", {"version": 0.0, section: constraints})
    if baseline is not None:
        write_violations(job.output_path, violations)
        if job.publish_metrics:
            write_metrics(job, _list_metrics(statistics))
    if job.postprocessor_script is not None:
        run_postprocessing(job.postprocessor_script)
    return NO_VIOLATIONS if baseline is None else describe_violations(len(violations))


def _format(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _find_violations(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any]
) -> Iterator[Mapping[str, str]]:
    """Yield a violation for each metric that is on the wrong side of its threshold."""
    for name, constraint in constraints.items():
        side, threshold = constraint.get("comparison_operator"), constraint.get("threshold")
        if side not in {LESS, GREATER} or not isinstance(threshold, int | float):
            raise BadData(
                f"the constraint of {name} in constraints.json has no meaning",
                remedy=f"It has a number as threshold and {LESS} or {GREATER}",
            )
        found = statistics.get(name, {})
        value = found.get("value")
        if not isinstance(value, int | float):
            continue
        if value < threshold if side == LESS else value > threshold:
            word = "below" if side == LESS else "above"
            deviation = found["standard_deviation"]
            yield {
                "constraint_check_type": side,
                "metric_name": name,
                "description": f"Metric {name} is {value} +/- {deviation}, {word} the threshold "
                f"{threshold}.",
            }


def _list_metrics(statistics: Mapping[str, Any]) -> Iterator[CloudWatchMetric]:
    for name, found in statistics.items():
        if isinstance(found.get("value"), int | float):
            yield CloudWatchMetric(name, found["value"])
