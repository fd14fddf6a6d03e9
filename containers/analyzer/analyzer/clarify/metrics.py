"""The CloudWatch metrics of a monitor of bias or of attributions, from its `analysis.json`.

Source: Developer Guide, "CloudWatch Metrics for Bias Drift Analysis" and "CloudWatch Metrics for
Feature Drift Analysis": names, dimensions, and the number that stands for infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.contract.metrics_file import CloudWatchMetric

_STAGES = {
    "pre_training_bias_metrics": "Pre-training",
    "post_training_bias_metrics": "Post-Training",
}
_METHODS = {"kernel_shap": "KernelShap", "tree_shap": "TreeShap"}
_INFINITY = 2.348543e108


def build_metrics(content: Mapping[str, Any]) -> Iterator[CloudWatchMetric]:
    """Yield the metrics of an analysis: bias of each group, SHAP values of each output."""
    for section, stage in _STAGES.items():
        yield from _list_bias(content.get(section) or {}, stage)
    explanations = content.get("explanations") or {}
    for section, method in _METHODS.items():
        for label, values in (explanations.get(section) or {}).items():
            yield from _list_attributions(values, {"ExplainabilityMethod": method, "Label": label})


def _list_bias(section: Mapping[str, Any], stage: str) -> Iterator[CloudWatchMetric]:
    for facet, groups in (section.get("facets") or {}).items():
        for group in groups:
            dimensions = {
                "BiasStage": stage,
                "Label": section["label"],
                "LabelValue": section["label_value_or_threshold"],
                "Facet": facet,
                "FacetValue": group["value_or_threshold"],
            }
            for metric in group["metrics"]:
                if metric["value"] is not None:
                    name, value = f"bias_metric_{metric['name']}", _bound(metric["value"])
                    yield CloudWatchMetric(name, value, dimensions=dimensions)


def _list_attributions(
    values: Mapping[str, Any], dimensions: Mapping[str, str]
) -> Iterator[CloudWatchMetric]:
    kind = {**dimensions, "ValueType": "GlobalShapValues"}
    for feature, value in values["global_shap_values"].items():
        yield CloudWatchMetric(f"feature_{feature}", value, dimensions=kind)
    kind = {**dimensions, "ValueType": "ExpectedValue"}
    yield CloudWatchMetric("ExpectedValue", values["expected_value"], dimensions=kind)


def _bound(value: float | str) -> float:
    """Return the number that CloudWatch gets for a value, which may be a text for infinity."""
    return max(-_INFINITY, min(_INFINITY, float(value)))
