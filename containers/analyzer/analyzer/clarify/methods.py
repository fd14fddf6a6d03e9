"""The methods of a Clarify job, computed on its data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pandas as pd

from analyzer.bias.bias_report import (
    Facet,
    LabeledData,
    report_post_training,
    report_pre_training,
)
from analyzer.clarify import result_files
from analyzer.clarify.analyzed_data import AnalyzedData, Fetch, find_column
from analyzer.clarify.feature_explanations import (
    explain_by_trees,
    explain_features,
    plot_features,
    to_cells,
)
from analyzer.configuration.analysis_config import AnalysisConfig
from analyzer.configuration.checked_fields import FILE, InvalidConfig
from analyzer.dataset.job_engine import JobEngine
from analyzer.explain.explanations import Explanations
from analyzer.explain.partial_dependence import PartialDependence
from analyzer.predictor.model_outputs import ModelOutputs
from analyzer.predictor.shadow_endpoint import serve_predictor


@dataclass(frozen=True)
class MethodResults:
    """What a job found: the content of `analysis.json`, and what its parts were made of."""

    content: dict[str, object]
    labeled: LabeledData | None = None
    facets: Sequence[Facet] = ()
    explanations: Explanations | None = None
    curves: Sequence[PartialDependence] = ()
    outputs: Sequence[str] = ()


def compute_methods(
    config: AnalysisConfig, dataset: AnalyzedData, fetch: Fetch, engine: JobEngine
) -> MethodResults:
    """Compute all methods; a model is deployed where one is needed.

    Raises UserError when the data does not fit the methods, or the model fails.
    """
    methods, results = config.methods, MethodResults({})
    with ExitStack() as stack:
        outputs: ModelOutputs | None = None
        if config.predictor is not None and _needs_model(config, dataset):
            served = stack.enter_context(serve_predictor(config.predictor))
            names = [str(name) for name in dataset.features.columns]
            outputs = ModelOutputs(served.config, names, served.send)
        if methods.bias:
            results = _measure_bias(config, dataset, outputs)
        if methods.explains and outputs is not None:
            results = _explain(config, dataset, outputs, fetch, engine, results)
    return results


def _needs_model(config: AnalysisConfig, dataset: AnalyzedData) -> bool:
    labels = config.methods.post_training is not None and dataset.predicted is None
    return labels or config.methods.explains


def _measure_bias(
    config: AnalysisConfig, dataset: AnalyzedData, outputs: ModelOutputs | None
) -> MethodResults:
    label, columns, methods = dataset.label, dataset.columns, config.methods
    if label is None:
        raise InvalidConfig(f"{FILE}: bias metrics need the field label")
    predicted = dataset.predicted
    if methods.post_training is not None and predicted is None and outputs is not None:
        predicted = outputs.predict_labels(
            to_cells(dataset.features), label, config.positive, config.probability_threshold
        )
    groups = _find_groups(config, columns)
    data = LabeledData(columns, label, config.positive, predicted, groups)
    facets = [
        Facet(find_column(columns, facet.column, "facet"), facet.selected)
        for facet in config.facets
    ]
    content: dict[str, object] = {}
    if methods.pre_training is not None:
        content["pre_training_bias_metrics"] = report_pre_training(
            data, facets, methods.pre_training
        )
    if methods.post_training is not None:
        content["post_training_bias_metrics"] = report_post_training(
            data, facets, methods.post_training
        )
    return MethodResults(content, data, facets)


def _find_groups(config: AnalysisConfig, columns: pd.DataFrame) -> pd.Series | None:
    if config.group_variable is None:
        return None
    return columns[find_column(columns, config.group_variable, "group_variable")]


def _explain(
    config: AnalysisConfig,
    dataset: AnalyzedData,
    outputs: ModelOutputs,
    fetch: Fetch,
    engine: JobEngine,
    results: MethodResults,
) -> MethodResults:
    shap, pdp = config.methods.shap, config.methods.partial_dependence
    explanations, curves = None, list[PartialDependence]()
    if shap is not None:
        explanations = explain_features(
            shap, config.dataset, dataset.features, outputs, fetch, engine
        )
    elif config.methods.tree_shap is not None:
        explanations = explain_by_trees(config.methods.tree_shap, dataset.features, outputs, engine)
    if pdp is not None:
        seed = None if shap is None else shap.seed
        curves = plot_features(pdp, dataset.features, outputs, explanations, seed)
    number = curves[0].scores.shape[1] if curves else 1
    names = outputs.name_outputs(number) if explanations is None else explanations.outputs
    section = result_files.describe_explanations(explanations, curves, names)
    content = {**results.content, "explanations": section}
    return replace(
        results, content=content, explanations=explanations, curves=curves, outputs=names
    )
