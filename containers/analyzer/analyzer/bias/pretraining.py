"""Pre-training metrics: bias in the labels of a data set, without a model.

Source: Developer Guide, "Pre-training Bias Metrics". To add one, write a function and a line of
`METRICS`.
"""

from __future__ import annotations

import numpy as np

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.compared_groups import ComparedGroups, compute_conditional_disparity
from tandem.data.arrays import FloatArray


def compute_class_imbalance(groups: ComparedGroups) -> float:
    """Return the difference of the groups' sizes over their sum."""
    groups.check_both()
    inside = int(groups.facet.sum())
    return (len(groups.facet) - 2 * inside) / len(groups.facet)


def compute_label_difference(groups: ComparedGroups) -> float:
    """Return the difference of the groups' shares of positive labels."""
    groups.check_both()
    advantaged = groups.label[~groups.facet].mean()
    return float(advantaged - groups.label[groups.facet].mean())


def compute_kl(groups: ComparedGroups) -> float:
    """Return the relative entropy of the labels outside the facet to those inside, in nats."""
    advantaged, disadvantaged = _align_distributions(groups)
    return float(np.sum(advantaged * np.log(advantaged / disadvantaged)))


def compute_js(groups: ComparedGroups) -> float:
    """Return the mean relative entropy of both groups' labels to their average, in nats."""
    advantaged, disadvantaged = _align_distributions(groups)
    middle = (advantaged + disadvantaged) / 2
    return (
        float(
            np.sum(advantaged * np.log(advantaged / middle))
            + np.sum(disadvantaged * np.log(disadvantaged / middle))
        )
        / 2
    )


def compute_l2_norm(groups: ComparedGroups) -> float:
    """Return the Euclidean distance of both groups' distributions of labels."""
    return float(np.sqrt(np.sum(_difference(groups) ** 2)))


def compute_total_variation(groups: ComparedGroups) -> float:
    """Return half the sum of the differences of both groups' distributions of labels."""
    return float(np.sum(np.abs(_difference(groups)))) / 2


def compute_ks(groups: ComparedGroups) -> float:
    """Return the largest difference of both groups' distributions of labels."""
    return float(np.max(np.abs(_difference(groups))))


def compute_cddl(groups: ComparedGroups) -> float:
    """Return the conditional demographic disparity of the labels."""
    return compute_conditional_disparity(groups, groups.label)


def _difference(groups: ComparedGroups) -> FloatArray:
    advantaged, disadvantaged = _align_distributions(groups)
    return advantaged - disadvantaged


def _align_distributions(groups: ComparedGroups) -> tuple[FloatArray, FloatArray]:
    """Return the shares of the outcomes that both groups have, outside the facet and inside."""
    groups.check_both()
    shares = np.array([groups.label[rows].mean() for rows in (~groups.facet, groups.facet)])
    both = np.stack([1 - shares, shares], axis=1)
    common = both[:, (both > 0).all(axis=0)]
    if not common.size:
        raise UndefinedBias("the groups have no label in common")
    return common[0], common[1]


METRICS = (
    BiasMetric(
        "CDDL",
        "Conditional Demographic Disparity in Labels (CDDL)",
        "Above 0, the facet has a larger share of the rejected than of the accepted rows, "
        "on average over the subgroups.",
        compute_cddl,
    ),
    BiasMetric(
        "CI",
        "Class Imbalance (CI)",
        "Above 0, the facet has fewer rows than the rest; at 1 it has none.",
        compute_class_imbalance,
    ),
    BiasMetric(
        "DPL",
        "Difference in Positive Proportions in Labels (DPL)",
        "Above 0, positive labels are rarer in the facet than in the rest.",
        compute_label_difference,
    ),
    BiasMetric(
        "JS",
        "Jensen-Shannon Divergence (JS)",
        "The further above 0, the more the labels of the facet and of the rest differ.",
        compute_js,
    ),
    BiasMetric(
        "KL",
        "Kullback-Liebler Divergence (KL)",
        "The further above 0, the less the labels of the facet predict those of the rest.",
        compute_kl,
    ),
    BiasMetric(
        "KS",
        "Kolmogorov-Smirnov Distance (KS)",
        "The largest difference between the shares of one label, from 0 (equal) to 1.",
        compute_ks,
    ),
    BiasMetric(
        "LP",
        "L-p Norm (LP)",
        "The Euclidean distance between the shares of the labels; 0 means equal.",
        compute_l2_norm,
    ),
    BiasMetric(
        "TVD",
        "Total Variation Distance (TVD)",
        "The share of rows whose label would have to change to make both groups equal.",
        compute_total_variation,
    ),
)
