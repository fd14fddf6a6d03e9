"""A job of SageMaker Clarify: bias metrics and explanations of a data set and a model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analyzer.bias.bias_report import (
    Facet,
    LabeledData,
    report_post_training,
    report_pre_training,
)
from analyzer.clarify import result_files
from analyzer.clarify.analyzed_data import AnalyzedData, Fetch, find_column, read_dataset
from analyzer.clarify.feature_explanations import explain_features, plot_features, to_cells
from analyzer.clarify.job_paths import find_input, find_output
from analyzer.clarify.s3_files import download
from analyzer.configuration.analysis_config import AnalysisConfig, read_analysis_config
from analyzer.configuration.checked_fields import FILE, InvalidConfig
from analyzer.explain.explanations import Explanations
from analyzer.explain.partial_dependence import PartialDependence
from analyzer.predictor.model_outputs import ModelOutputs
from analyzer.predictor.shadow_endpoint import serve_predictor
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
    output = find_output(paths)
    with fetching() as fetch:
        dataset = read_dataset(config, find_input(paths), fetch)
        logger.info(
            "read %d rows with %d features", len(dataset.features), dataset.features.shape[1]
        )
        content, found = _analyze(config, dataset, fetch)
    result_files.write_analysis(output, content)
    if found.explanations is not None and config.methods.shap is not None:
        local = config.methods.shap.save_local
        result_files.write_shap_values(output, found.explanations, local=local)
    write_report(output, _describe(config, dataset, content, found))
    return MESSAGE


@dataclass(frozen=True)
class _Found:
    """What explains the predictions of a job."""

    explanations: Explanations | None = None
    curves: Sequence[PartialDependence] = ()
    outputs: Sequence[str] = ()


@contextmanager
def fetching() -> Iterator[Fetch]:
    """Yield a function that downloads the objects of an S3 URI, kept as long as the job runs."""
    with tempfile.TemporaryDirectory() as folder:
        yield lambda uri: download(uri, Path(folder))


def _analyze(
    config: AnalysisConfig, dataset: AnalyzedData, fetch: Fetch
) -> tuple[dict[str, object], _Found]:
    methods, content, found = config.methods, dict[str, object](), _Found()
    with ExitStack() as stack:
        outputs: ModelOutputs | None = None
        if config.predictor is not None and _needs_model(config, dataset):
            send = stack.enter_context(serve_predictor(config.predictor))
            names = [str(name) for name in dataset.features.columns]
            outputs = ModelOutputs(config.predictor, names, send)
        if methods.bias:
            content |= _measure_bias(config, dataset, outputs)
        if methods.explains and outputs is not None:
            found = _explain(config, dataset, outputs, fetch)
            content["explanations"] = result_files.describe_explanations(
                found.explanations, found.curves, found.outputs
            )
    return content, found


def _needs_model(config: AnalysisConfig, dataset: AnalyzedData) -> bool:
    labels = config.methods.post_training is not None and dataset.predicted is None
    return labels or config.methods.explains


def _measure_bias(
    config: AnalysisConfig, dataset: AnalyzedData, outputs: ModelOutputs | None
) -> dict[str, object]:
    label = dataset.label
    if label is None:
        raise InvalidConfig(f"{FILE}: bias metrics need the field label")
    predicted = dataset.predicted
    if config.methods.post_training is not None and predicted is None and outputs is not None:
        predicted = outputs.predict_labels(
            to_cells(dataset.features), label, config.positive, config.probability_threshold
        )
    group = config.group_variable
    columns = dataset.columns
    data = LabeledData(
        columns,
        label,
        config.positive,
        predicted,
        None if group is None else columns[find_column(columns, group, "group_variable")],
    )
    facets = [
        Facet(find_column(columns, facet.column, "facet"), facet.selected)
        for facet in config.facets
    ]
    content: dict[str, object] = {}
    if config.methods.pre_training is not None:
        metrics = config.methods.pre_training
        content["pre_training_bias_metrics"] = report_pre_training(data, facets, metrics)
    if config.methods.post_training is not None:
        metrics = config.methods.post_training
        content["post_training_bias_metrics"] = report_post_training(data, facets, metrics)
    return content


def _explain(
    config: AnalysisConfig, dataset: AnalyzedData, outputs: ModelOutputs, fetch: Fetch
) -> _Found:
    shap, pdp = config.methods.shap, config.methods.partial_dependence
    explanations, curves = None, list[PartialDependence]()
    if shap is not None:
        explanations = explain_features(shap, config.dataset, dataset.features, outputs, fetch)
    if pdp is not None:
        seed = None if shap is None else shap.seed
        curves = plot_features(pdp, dataset.features, outputs, explanations, seed)
    number = curves[0].scores.shape[1] if curves else 1
    names = outputs.name_outputs(number) if explanations is None else explanations.outputs
    return _Found(explanations, curves, names)


def _describe(
    config: AnalysisConfig, dataset: AnalyzedData, content: Mapping[str, object], found: _Found
) -> ReportContent:
    rows, columns = dataset.features.shape
    shap, explanations = config.methods.shap, found.explanations
    return ReportContent(
        title=config.methods.title,
        lead=f"{rows} rows with {columns} features.",
        tables=list_bias_tables(content),
        importances=[] if explanations is None else list_importances(explanations),
        aggregation="" if shap is None else AGGREGATIONS[shap.aggregation],
        examples=[] if explanations is None else list_examples(explanations, dataset.features),
        curves=found.curves,
        outputs=found.outputs,
        explanations=explanations,
        features=dataset.features,
    )
