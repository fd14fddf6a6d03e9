"""A job of SageMaker Clarify: bias metrics and explanations of a data set and a model."""

from __future__ import annotations

from pathlib import Path

from analyzer.clarify import result_files
from analyzer.clarify.analyzed_data import AnalyzedData, read_dataset
from analyzer.clarify.job_paths import find_input, find_output
from analyzer.clarify.methods import MethodResults, compute_methods
from analyzer.clarify.s3_files import fetching
from analyzer.configuration.analysis_config import AnalysisConfig, read_analysis_config
from analyzer.report.report_content import (
    AGGREGATIONS,
    ReportContent,
    list_bias_tables,
    list_examples,
    list_importances,
)
from analyzer.report.report_files import write_report
from tandem.contract.paths import Paths
from tandem.logs import logger

MESSAGE = "Completed: Job completed successfully."


def run_analysis(path: Path, paths: Paths) -> str:
    """Run the analysis that `analysis_config.json` describes. Return the job's exit message.

    Raises UserError when the configuration or the data set is invalid, or the model fails.
    """
    config = read_analysis_config(path)
    with fetching() as fetch:
        dataset = read_dataset(config, find_input(paths), fetch)
        logger.info(
            "read %d rows with %d features", len(dataset.features), dataset.features.shape[1]
        )
        results = compute_methods(config, dataset, fetch)
    _write(find_output(paths), config, dataset, results)
    return MESSAGE


def _write(
    output: Path, config: AnalysisConfig, dataset: AnalyzedData, results: MethodResults
) -> None:
    result_files.write_analysis(output, results.content)
    if results.explanations is not None and config.methods.shap is not None:
        local = config.methods.shap.save_local
        result_files.write_shap_values(output, results.explanations, local=local)
    write_report(output, _describe(config, dataset, results))


def _describe(
    config: AnalysisConfig, dataset: AnalyzedData, results: MethodResults
) -> ReportContent:
    rows, columns = dataset.features.shape
    shap, explanations = config.methods.shap, results.explanations
    return ReportContent(
        title=config.methods.title,
        lead=f"{rows} rows with {columns} features.",
        tables=list_bias_tables(results.content),
        importances=[] if explanations is None else list_importances(explanations),
        aggregation="" if shap is None else AGGREGATIONS[shap.aggregation],
        examples=[] if explanations is None else list_examples(explanations, dataset.features),
        curves=results.curves,
        outputs=results.outputs,
        explanations=explanations,
        features=dataset.features,
    )
