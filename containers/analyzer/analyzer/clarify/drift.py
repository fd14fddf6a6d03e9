"""Violations of a monitor's baseline: drift of bias metrics and of feature attributions.

Source: Developer Guide, "Bias drift violations" and "Feature attribution drift violations".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.bias_report import (
    POST_TRAINING,
    PRE_TRAINING,
    Facet,
    FacetGroups,
    LabeledData,
    split_facets,
)
from analyzer.bias.bootstrap import estimate_interval
from tandem.errors import BadData

NDCG_THRESHOLD = 0.9
_INTERVAL = re.compile(r"\((?P<low>[^,]+), [^\]]+\]")


def find_bias_drift(
    baseline: Mapping[str, Any], data: LabeledData, facets: Sequence[Facet]
) -> list[dict[str, Any]]:
    """Return a violation for each metric that is worse than in the baseline.

    A metric is allowed to be as far from the value of no bias as in the baseline, in either
    direction. It violates this where the interval that holds it with 95 % lies outside.
    """
    violations = []
    for section, registry in (
        ("pre_training_bias_metrics", PRE_TRAINING),
        ("post_training_bias_metrics", POST_TRAINING),
    ):
        expected = _list_values(baseline.get(section) or {})
        if not expected:
            continue
        for split in split_facets(data, facets, predictions=registry is POST_TRAINING):
            for (facet, group, name), value in expected.items():
                if (facet, group) == (split.facet, _normalize(split.group)):
                    violations += _compare(registry[name], value, split)
    return violations


def find_attribution_drift(
    baseline: Mapping[str, Any], current: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return a violation for each output whose features have another order of importance.

    Both are the section of one method, as `kernel_shap`. Raises BadData when they have no output in
    common.
    """
    labels = [label for label in current if label in baseline]
    if not labels:
        raise BadData("the baseline has no SHAP values of the model's outputs")
    violations = []
    for label in labels:
        score = compute_ndcg(
            baseline[label]["global_shap_values"], current[label]["global_shap_values"]
        )
        if score < NDCG_THRESHOLD:
            text = f"Feature attribution drift {score} exceeds threshold {NDCG_THRESHOLD}"
            violations.append(
                {
                    "label": label,
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": text,
                }
            )
    return violations


def compute_ndcg(baseline: Mapping[str, float], current: Mapping[str, float]) -> float:
    """Return how well the current order of features ranks the baseline's attributions, up to 1.

    Raises BadData when the features are not the same.
    """
    if set(baseline) != set(current):
        raise BadData("the baseline has SHAP values of other features")
    ranked = sorted(current, key=lambda name: -abs(current[name]))
    gains = np.array([abs(baseline[name]) for name in ranked])
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    best = float(np.sort(gains)[::-1] @ discounts)
    return 1.0 if best == 0 else float(gains @ discounts) / best


def _list_values(section: Mapping[str, Any]) -> dict[tuple[str, str, str], float]:
    return dict(_walk(section))


def _walk(section: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], float]]:
    for facet, groups in (section.get("facets") or {}).items():
        for group in groups:
            for metric in group["metrics"]:
                if metric["value"] is not None:
                    key = (facet, _normalize(group["value_or_threshold"]), metric["name"])
                    yield key, float(metric["value"])


def _normalize(group: str) -> str:
    """Return the text of a group, where an interval has its threshold alone."""
    match = _INTERVAL.fullmatch(group)
    return f"> {float(match['low']):g}" if match else group


def _compare(metric: BiasMetric, expected: float, split: FacetGroups) -> list[dict[str, Any]]:
    try:
        value = metric.compute(split.groups)
        low, high = estimate_interval(metric, split.groups)
    except UndefinedBias:
        return []
    ideal = 1.0 if metric.name == "DI" else 0.0
    allowed = abs(expected - ideal) + 1e-12
    if math.isinf(allowed) or (low <= ideal + allowed and high >= ideal - allowed):
        return []
    text = (
        f"Value {value} does not meet the constraint requirement: with 95 % it lies between "
        f"{low:.4g} and {high:.4g}, and from {ideal - allowed:.4g} to {ideal + allowed:.4g} is "
        "allowed"
    )
    return [
        {
            "facet": split.facet,
            "facet_value": split.group,
            "metric_name": metric.name,
            "constraint_check_type": "bias_drift_check",
            "description": text,
        }
    ]
