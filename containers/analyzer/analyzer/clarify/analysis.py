"""A job of SageMaker Clarify: bias metrics and explanations of a data set and a model.

A monitor's job has environment variables beside its configuration: it analyzes captured data, and
compares the results with a baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzer.clarify import result_files
from analyzer.clarify.analyzed_data import AnalyzedData, read_dataset
from analyzer.clarify.clarify_job import ClarifyJob, Monitor
from analyzer.clarify.drift import find_attribution_drift, find_bias_drift
from analyzer.clarify.methods import MethodResults, compute_methods
from analyzer.clarify.metrics import build_metrics
from analyzer.clarify.monitored_data import read_monitored_data
from analyzer.clarify.s3_files import open_downloads
from analyzer.configuration.analysis_config import AnalysisConfig
from analyzer.contract.json_files import read_json
from analyzer.contract.message_file import describe_violations
from analyzer.contract.metrics_file import write_metrics
from analyzer.dataset.job_engine import JobEngine
from analyzer.report.report_content import (
    AGGREGATIONS,
    ReportContent,
    list_bias_tables,
    list_examples,
    list_importances,
)
from analyzer.report.report_files import write_report
from tandem.logs import logger

MESSAGE = "Completed: Job completed successfully."


def run_analysis(job: ClarifyJob, engine: JobEngine) -> str:
    """Run the analysis of a job. Return the job's exit message.

    Raises UserError when the data set does not fit the configuration, or the model fails.
    """
    config, monitor = job.config, job.monitor
    if monitor is not None:
        return _run_monitor(config, monitor, engine)
    with open_downloads() as fetch:
        dataset = read_dataset(config, fetch, engine)
        logger.info(
            "read %d rows with %d features", len(dataset.features), dataset.features.shape[1]
        )
        results = compute_methods(config, dataset, fetch, engine)
    _write(job.output, config, dataset, results)
    return MESSAGE


def _run_monitor(config: AnalysisConfig, monitor: Monitor, engine: JobEngine) -> str:
    job = monitor.job
    baseline = None if job.baseline_constraints is None else read_json(job.baseline_constraints)
    dataset = read_monitored_data(config, monitor, engine)
    logger.info("read %d captured rows", len(dataset.features))
    with open_downloads() as fetch:
        results = compute_methods(config, dataset, fetch, engine)
    _write(job.output_path, config, dataset, results)
    if job.publish_metrics:
        write_metrics(job, build_metrics(results.content))
    if baseline is None:
        return MESSAGE
    violations = _find_violations(baseline, results)
    result_files.write_violations(job.output_path, violations)
    return describe_violations(len(violations))


def _find_violations(baseline: Mapping[str, Any], results: MethodResults) -> list[dict[str, Any]]:
    violations = []
    if results.labeled is not None:
        violations += find_bias_drift(baseline, results.labeled, results.facets)
    if results.explanations is not None:
        expected = (baseline.get("explanations") or {}).get(results.explanations.method) or {}
        current = result_files.describe_shap(results.explanations)
        violations += find_attribution_drift(expected, current)
    return violations


def _write(
    output: Path, config: AnalysisConfig, dataset: AnalyzedData, results: MethodResults
) -> None:
    result_files.write_analysis(output, results.content)
    if results.explanations is not None and config.methods.attribution is not None:
        local = config.methods.attribution.save_local
        result_files.write_shap_values(output, results.explanations, local=local)
    write_report(output, _describe(config, dataset, results))


def _describe(
    config: AnalysisConfig, dataset: AnalyzedData, results: MethodResults
) -> ReportContent:
    rows, columns = dataset.features.shape
    method, explanations = config.methods.attribution, results.explanations
    return ReportContent(
        title=config.methods.title,
        lead=f"{rows} rows with {columns} features.",
        tables=list_bias_tables(results.content),
        importances=[] if explanations is None else list_importances(explanations),
        aggregation="" if method is None else AGGREGATIONS[method.aggregation],
        examples=[] if explanations is None else list_examples(explanations, dataset.features),
        curves=results.curves,
        outputs=results.outputs,
        explanations=explanations,
        features=dataset.features,
    )
