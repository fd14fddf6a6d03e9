"""The metrics of predictions, by kind of problem, under their published names.

(Developer Guide, "Model Quality Metrics".) A function returns values by name; matrices and curves
are made apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer.model_quality.samples import Samples
from tandem.errors import BadData

_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
_CONSTANT = "_best_constant_classifier"


def measure_regression(samples: Samples) -> dict[str, float]:
    """Return mae, mse, rmse and r2. Raises BadData when a cell is no number."""
    actual, predicted = to_numbers(samples.labels), to_numbers(samples.predictions)
    errors = actual - predicted
    mse = float(np.mean(errors**2))
    spread = float(np.mean((actual - actual.mean()) ** 2))
    return {
        "mae": float(np.mean(np.abs(errors))),
        "mse": mse,
        "rmse": mse**0.5,
        "r2": 1 - mse / spread if spread else float("nan"),
    }


def measure_binary(samples: Samples) -> dict[str, float]:
    """Return the rates of a binary classifier, and those of the best constant one.

    `auc` needs probabilities. Raises BadData for other labels than 0 and 1.
    """
    actual, predicted = to_classes(samples.labels), to_classes(samples.predictions)
    values = _measure_counts(actual, predicted)
    constant = _measure_counts(actual, np.full(len(actual), actual.mean() >= 0.5))
    rates = {
        "true_positive_rate": values["recall"],
        "true_negative_rate": _divide(
            np.count_nonzero(~actual & ~predicted), np.count_nonzero(~actual)
        ),
        "false_positive_rate": _divide(
            np.count_nonzero(~actual & predicted), np.count_nonzero(~actual)
        ),
        "false_negative_rate": _divide(
            np.count_nonzero(actual & ~predicted), np.count_nonzero(actual)
        ),
    }
    curve = {} if samples.scores is None else {"auc": compute_auc(actual, samples.scores)}
    named = {f"{name}{_CONSTANT}": value for name, value in constant.items()}
    return {**values, **rates, **curve, **named}


def measure_multiclass(samples: Samples) -> dict[str, float]:
    """Return accuracy and the weighted metrics, and those of the best constant classifier."""
    classes, counts = np.unique(samples.labels, return_counts=True)
    constant = np.full(len(samples.labels), classes[np.argmax(counts)])
    return {
        **_measure_weighted(samples.labels, samples.predictions),
        **{
            f"{name}{_CONSTANT}": value
            for name, value in _measure_weighted(samples.labels, constant).items()
        },
    }


def count_confusions(samples: Samples, *, binary: bool) -> dict[str, dict[str, int]]:
    """Return the number of rows by actual and, within, by predicted class."""
    actual, predicted = samples.labels, samples.predictions
    if binary:
        actual, predicted = (
            to_classes(each).astype(int).astype(str) for each in (actual, predicted)
        )
    names = ["0", "1"] if binary else np.unique(np.concatenate([actual, predicted])).tolist()
    return {
        name: {
            other: int(np.count_nonzero((actual == name) & (predicted == other))) for other in names
        }
        for name in names
    }


def build_curves(samples: Samples) -> dict[str, Mapping[str, list[float]]]:
    """Return the ROC and precision-recall curves at each tenth of the scores, or nothing."""
    if samples.scores is None:
        return {}
    actual = to_classes(samples.labels)
    levels = [np.inf, *np.linspace(1, 0, 11)]
    found = [samples.scores >= level for level in levels]
    recalls = [_divide(np.count_nonzero(actual & each), np.count_nonzero(actual)) for each in found]
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [
                _divide(np.count_nonzero(~actual & each), np.count_nonzero(~actual))
                for each in found
            ],
            "true_positive_rates": recalls,
        },
        "precision_recall_curve": {
            "precisions": [
                _divide(np.count_nonzero(actual & each), np.count_nonzero(each))
                if each.any()
                else 1.0
                for each in found
            ],
            "recalls": recalls,
        },
    }


def compute_auc(actual: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve: the share of pairs in the right order, ties half."""
    positives = int(actual.sum())
    negatives = len(actual) - positives
    if not positives or not negatives:
        return float("nan")
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[places][actual].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def to_numbers(cells: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return cells as float64. Raises BadData when one is no number."""
    try:
        return cells.astype(np.float64)
    except ValueError as error:
        raise BadData("a label or prediction is no number") from error


def to_classes(cells: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return whether each cell is the class 1; true and false are 1 and 0.

    Raises BadData for other labels.
    """
    lowered = np.char.lower(cells)
    positive = np.isin(lowered, ["1", "1.0", "true"])
    if not np.all(positive | np.isin(lowered, ["0", "0.0", "false"])):
        raise BadData(
            "a label or prediction of a binary classifier is neither 0 nor 1",
            remedy="Encode the classes as 0 and 1, or name probability_attribute",
        )
    return np.asarray(positive, dtype=np.bool_)


def _measure_counts(actual: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> dict[str, float]:
    both = np.count_nonzero(actual & predicted)
    recall, precision = (
        _divide(both, np.count_nonzero(actual)),
        _divide(both, np.count_nonzero(predicted)),
    )
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": float(np.mean(actual == predicted)),
        **{name: _combine(precision, recall, beta) for name, beta in _BETAS.items()},
    }


def _measure_weighted(actual: NDArray[np.str_], predicted: NDArray[np.str_]) -> dict[str, float]:
    classes, counts = np.unique(actual, return_counts=True)
    parts = [_measure_counts(actual == each, predicted == each) for each in classes]
    weights = counts / len(actual)
    names = [name for name in parts[0] if name != "accuracy"]
    return {
        "accuracy": float(np.mean(actual == predicted)),
        **{
            f"weighted_{name}": float(np.dot(weights, [part[name] for part in parts]))
            for name in names
        },
    }


def _combine(precision: float, recall: float, beta: float) -> float:
    return _divide((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def _divide(part: float | np.integer[Any], whole: float | np.integer[Any]) -> float:
    return float(part) / float(whole) if whole else 0.0
