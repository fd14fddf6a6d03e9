"""Post-training metrics: bias in the predictions of a model.

Source: Developer Guide, "Post-training Data and Model Bias Metrics". To add one, write a function
and a line of `METRICS`.
"""

from __future__ import annotations

from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.compared_groups import (
    ComparedGroups,
    compute_conditional_disparity,
    divide,
    subtract,
)
from analyzer.bias.flip_test import compute_flip_test
from analyzer.bias.prediction_entropy import compute_generalized_entropy


def compute_accuracy_difference(groups: ComparedGroups) -> float:
    """Return the difference of the groups' accuracies."""
    advantaged, disadvantaged = (
        divide(group.true_positives + group.true_negatives, group.rows)
        for group in (groups.advantaged, groups.disadvantaged)
    )
    return subtract(advantaged, disadvantaged)


def compute_cddpl(groups: ComparedGroups) -> float:
    """Return the conditional demographic disparity of the predicted labels."""
    return compute_conditional_disparity(groups, groups.predictions)


def compute_acceptance_rates(groups: ComparedGroups) -> float:
    """Return the difference of the groups' precisions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(advantaged.true_positives, advantaged.predicted),
        divide(disadvantaged.true_positives, disadvantaged.predicted),
    )


def compute_conditional_acceptance(groups: ComparedGroups) -> float:
    """Return the difference of the groups' ratios of positive labels to positive predictions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(advantaged.labels, advantaged.predicted),
        divide(disadvantaged.labels, disadvantaged.predicted),
    )


def compute_conditional_rejection(groups: ComparedGroups) -> float:
    """Return the difference of the groups' ratios of negative labels to negative predictions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(disadvantaged.negative_labels, disadvantaged.negative_predicted),
        divide(advantaged.negative_labels, advantaged.negative_predicted),
    )


def compute_disparate_impact(groups: ComparedGroups) -> float:
    """Return the ratio of the groups' shares of positive predictions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return divide(
        disadvantaged.predicted / disadvantaged.rows, advantaged.predicted / advantaged.rows
    )


def compute_prediction_difference(groups: ComparedGroups) -> float:
    """Return the difference of the groups' shares of positive predictions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return advantaged.predicted / advantaged.rows - disadvantaged.predicted / disadvantaged.rows


def compute_rejection_rates(groups: ComparedGroups) -> float:
    """Return the difference of the groups' shares of right negative predictions."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(disadvantaged.true_negatives, disadvantaged.negative_predicted),
        divide(advantaged.true_negatives, advantaged.negative_predicted),
    )


def compute_recall_difference(groups: ComparedGroups) -> float:
    """Return the difference of the groups' recalls."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(advantaged.true_positives, advantaged.labels),
        divide(disadvantaged.true_positives, disadvantaged.labels),
    )


def compute_specificity_difference(groups: ComparedGroups) -> float:
    """Return the difference of the groups' specificities."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(disadvantaged.true_negatives, disadvantaged.negative_labels),
        divide(advantaged.true_negatives, advantaged.negative_labels),
    )


def compute_treatment_equality(groups: ComparedGroups) -> float:
    """Return the difference of the groups' ratios of false negatives to false positives."""
    advantaged, disadvantaged = groups.advantaged, groups.disadvantaged
    return subtract(
        divide(disadvantaged.false_negatives, disadvantaged.false_positives),
        divide(advantaged.false_negatives, advantaged.false_positives),
    )


METRICS = (
    BiasMetric(
        "AD",
        "Accuracy Difference (AD)",
        "Above 0, the predictions are more often wrong for the facet than for the rest.",
        compute_accuracy_difference,
    ),
    BiasMetric(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        "Above 0, the facet has a larger share of the predicted rejections than of the predicted "
        "acceptances, on average over the subgroups.",
        compute_cddpl,
    ),
    BiasMetric(
        "DAR",
        "Difference in Acceptance Rates (DAR)",
        "Above 0, a positive prediction is less often right for the facet than for the rest.",
        compute_acceptance_rates,
    ),
    BiasMetric(
        "DCA",
        "Difference in Conditional Acceptance (DCA)",
        "Above 0, the model accepts the rest more rarely, relative to its labels, than the facet.",
        compute_conditional_acceptance,
    ),
    BiasMetric(
        "DCR",
        "Difference in Conditional Rejection (DCR)",
        "Above 0, the model rejects the facet more rarely, relative to its labels, than the rest.",
        compute_conditional_rejection,
    ),
    BiasMetric(
        "DI",
        "Disparate Impact (DI)",
        "Below 1, positive predictions are rarer in the facet; below 0.8 is a common alarm.",
        compute_disparate_impact,
    ),
    BiasMetric(
        "DPPL",
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        "Above 0, positive predictions are rarer in the facet than in the rest.",
        compute_prediction_difference,
    ),
    BiasMetric(
        "DRR",
        "Difference in Rejection Rates (DRR)",
        "Above 0, a negative prediction is more often right for the facet than for the rest.",
        compute_rejection_rates,
    ),
    BiasMetric(
        "FT",
        "Flip Test (FT)",
        "Above 0, more members of the facet are accepted whose nearest neighbors outside are "
        "rejected than the reverse.",
        compute_flip_test,
    ),
    BiasMetric(
        "GE",
        "Generalized Entropy (GE)",
        "Inequality of the predictions' benefit over all rows, whatever the facet; 0 means equal.",
        compute_generalized_entropy,
    ),
    BiasMetric(
        "RD",
        "Recall Difference (RD)",
        "Above 0, positive labels of the facet are found more rarely than those of the rest.",
        compute_recall_difference,
    ),
    BiasMetric(
        "SD",
        "Specificity Difference (SD)",
        "Above 0, negative labels of the facet are found more often than those of the rest.",
        compute_specificity_difference,
    ),
    BiasMetric(
        "TE",
        "Treatment Equality (TE)",
        "Above 0, errors against a row, relative to errors in its favor, are more frequent in the "
        "facet.",
        compute_treatment_equality,
    ),
)
