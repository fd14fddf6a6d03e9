"""Confidence intervals of bias metrics by the bootstrap.

Source: Developer Guide, "Bias drift for models in production": the normal bootstrap interval.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.compared_groups import ComparedGroups

_REPLICATES, _SEED = 200, 0
# The quantile of the normal distribution for an interval of 95 %.
_QUANTILE = 1.959963984540054


def estimate_interval(metric: BiasMetric, groups: ComparedGroups) -> tuple[float, float]:
    """Return the 95 % interval of a metric. Raises `UndefinedBias` where the metric does.

    Replicates for which the metric is undefined or infinite are left out; the flip test, whose
    cost is that of all pairs of rows, has its value as the interval.
    """
    value = metric.compute(groups)
    if metric.name == "FT" or math.isinf(value):
        return value, value
    rng = np.random.default_rng(_SEED)
    replicates: list[float] = []
    rows = len(groups.facet)
    for _ in range(_REPLICATES):
        try:
            replicate = metric.compute(_draw(groups, rng.integers(0, rows, rows)))
        except UndefinedBias:
            continue
        if math.isfinite(replicate):
            replicates.append(replicate)
    if len(replicates) < 2:
        return value, value
    spread = _QUANTILE * float(np.std(replicates, ddof=1))
    return value - spread, value + spread


def _draw(groups: ComparedGroups, rows: NDArray[np.int64]) -> ComparedGroups:
    predicted, subgroups = groups.predicted, groups.groups
    return replace(
        groups,
        facet=groups.facet[rows],
        label=groups.label[rows],
        predicted=None if predicted is None else predicted[rows],
        groups=None if subgroups is None else subgroups.iloc[rows],
        features=None,
    )
