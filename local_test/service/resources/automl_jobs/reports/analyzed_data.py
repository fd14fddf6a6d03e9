"""What the analyzer's jobs get: rows to explain, a configuration, predictions with labels.

Source: Developer Guide, "Analysis Configuration Files"; "Model Quality Metrics".
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from local_test.automl.data.problem import ProblemType
from local_test.automl.data.tabular_file import read_file
from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchPlan, list_dropped
from local_test.automl.predictions import read_classes

LABEL, PREDICTION, PROBABILITY = "label", "prediction", "probability"
_CLUSTERS = 3
_COALITIONS = 256
_SENT_ROWS = 50_000
_LEAST_ROWS, _MOST_ROWS = 5, 100


def count_coalitions(features: int) -> int:
    """Return the coalitions a row of Kernel SHAP; up to 8 features are explained exactly."""
    return min(1 << features, 2 * features + _COALITIONS)


def list_features(plan: SearchPlan) -> list[str]:
    """Return the names of the columns that candidates use."""
    unused = {plan.options.target, *list_dropped(plan.findings)}
    return [column.name for column in plan.profile.columns if column.name not in unused]


def write_explained_rows(plan: SearchPlan, path: Path) -> None:
    """Write held-out rows, as many as their requests allow: from 5 to 100."""
    data = read_file(plan.held_out[0])
    cost = count_coalitions(len(list_features(plan))) * _CLUSTERS
    count = min(max(_SENT_ROWS // cost, _LEAST_ROWS), _MOST_ROWS, data.rows)
    rows = np.linspace(0, data.rows - 1, count).astype(np.intp)
    data.select(rows).write(path)


def make_analysis_config(plan: SearchPlan, winner: Winner, model: str) -> dict[str, Any]:
    """Return the configuration of a Clarify job that explains a model of the service."""
    features = list_features(plan)
    predictor: dict[str, Any] = {
        "model_name": model,
        "instance_type": "ml.m5.large",
        "initial_instance_count": 1,
        "content_type": "text/csv",
        "accept_type": "text/csv",
    }
    if plan.problem is ProblemType.MULTICLASS:
        predictor["label_headers"] = read_classes(winner.folder / "transform")
    return {
        "dataset_type": plan.data.content_type,
        "label": plan.options.target,
        "predictor": predictor,
        "methods": {
            "shap": {
                "num_clusters": _CLUSTERS,
                "num_samples": count_coalitions(len(features)),
                "features_to_explain": features,
                "agg_method": "mean_abs",
                "seed": plan.options.seed,
            },
            "report": {"name": "report", "title": f"Explainability of {winner.candidate.name}"},
        },
    }


def write_predictions(plan: SearchPlan, winner: Winner, path: Path) -> None:
    """Write labels and predictions of the held-out rows as CSV; two classes are 0 and 1."""
    binary = plan.problem is ProblemType.BINARY
    header = [LABEL, PREDICTION, *([PROBABILITY] if binary else [])]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(_list_predictions(plan.problem, winner))


def _list_predictions(problem: ProblemType, winner: Winner) -> Iterator[list[str]]:
    """Yield the cells of rows whose label is known: a class may occur in held-out rows alone."""
    answers = winner.answers
    names = read_classes(winner.folder / "transform")
    for row in np.flatnonzero(~np.isnan(answers.labels)):
        label, value = float(answers.labels[row]), float(answers.values[row])
        if problem is ProblemType.REGRESSION:
            yield [repr(label), repr(value)]
        elif problem is ProblemType.BINARY:
            yield [str(int(label)), str(int(answers.classes[row])), repr(value)]
        else:
            yield [names[int(label)], names[int(answers.classes[row])]]
