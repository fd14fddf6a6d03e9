"""Generalized entropy of the benefit of predictions."""

from __future__ import annotations

import numpy as np

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.compared_groups import ComparedGroups


def compute_generalized_entropy(groups: ComparedGroups) -> float:
    """Return the generalized entropy index with alpha = 2 of predicted - label + 1.

    Raises `UndefinedBias` when every row is a false negative, as the mean benefit is 0 then.
    """
    benefit = groups.predictions.astype(np.float64) - groups.label + 1
    mean = benefit.mean()
    if mean == 0:
        raise UndefinedBias("every prediction is a false negative")
    return float((((benefit / mean) ** 2) - 1).sum() / (2 * len(benefit)))
