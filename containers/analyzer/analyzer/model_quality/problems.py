"""The kinds of problems: their metrics, and the constraints that a baseline suggests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analyzer.model_quality import metrics
from analyzer.model_quality.samples import Samples

LESS, GREATER = "LessThanThreshold", "GreaterThanThreshold"
# Developer Guide, "Model Quality Metrics": from 200 rows on, of 5 samples of 80%.
_ROWS, _TIMES, _SHARE = 200, 5, 0.8
_SEED = 17


@dataclass(frozen=True)
class Problem:
    """A kind of problem: the name of its section without the ending, and its functions.

    `worse` says for each metric with a constraint on which side of the threshold it is worse.
    """

    name: str
    measure: Callable[[Samples], dict[str, float]]
    worse: Mapping[str, str]
    describe: Callable[[Samples], Mapping[str, Any]] = lambda _: {}

    def build_statistics(self, samples: Samples) -> dict[str, Any]:
        """Return the section of `statistics.json`: each value with its standard deviation."""
        values = self.measure(samples)
        deviations = _measure_deviations(self.measure, samples)
        return {
            **self.describe(samples),
            **{
                name: {
                    "value": _to_json(value),
                    "standard_deviation": _to_json(deviations.get(name, float("nan"))),
                }
                for name, value in values.items()
            },
        }

    def suggest_constraints(self, statistics: Mapping[str, Any]) -> dict[str, Any]:
        """Return the section of `constraints.json`: a metric may not be worse than it is now."""
        return {
            name: {"threshold": statistics[name]["value"], "comparison_operator": side}
            for name, side in self.worse.items()
            if name in statistics and statistics[name]["value"] != "NaN"
        }


def _measure_deviations(
    measure: Callable[[Samples], dict[str, float]], samples: Samples
) -> dict[str, float]:
    rows = len(samples.labels)
    if rows < _ROWS:
        return {}
    random = np.random.default_rng(_SEED)
    drawn = [
        measure(samples.take(random.choice(rows, int(rows * _SHARE), replace=False)))
        for _ in range(_TIMES)
    ]
    return {name: float(np.std([each[name] for each in drawn])) for name in drawn[0]}


def _to_json(value: float) -> float | str:
    """Return a number of JSON, and "NaN" as Model Monitor writes what is none."""
    return value if np.isfinite(value) else "NaN"


def _describe_binary(samples: Samples) -> Mapping[str, Any]:
    return {
        "confusion_matrix": metrics.count_confusions(samples, binary=True),
        **metrics.build_curves(samples),
    }


def _describe_multiclass(samples: Samples) -> Mapping[str, Any]:
    return {"confusion_matrix": metrics.count_confusions(samples, binary=False)}


PROBLEMS: Mapping[str, Problem] = {
    "Regression": Problem(
        "regression",
        metrics.measure_regression,
        {"mae": GREATER, "mse": GREATER, "rmse": GREATER, "r2": LESS},
    ),
    "BinaryClassification": Problem(
        "binary_classification",
        metrics.measure_binary,
        {
            **dict.fromkeys(("recall", "precision", "accuracy"), LESS),
            **dict.fromkeys(("true_positive_rate", "true_negative_rate"), LESS),
            **dict.fromkeys(("false_positive_rate", "false_negative_rate"), GREATER),
            **dict.fromkeys(("auc", "f0_5", "f1", "f2"), LESS),
        },
        _describe_binary,
    ),
    "MulticlassClassification": Problem(
        "multiclass_classification",
        metrics.measure_multiclass,
        dict.fromkeys(
            (
                *("accuracy", "weighted_recall", "weighted_precision"),
                *("weighted_f0_5", "weighted_f1", "weighted_f2"),
            ),
            LESS,
        ),
        _describe_multiclass,
    ),
}
