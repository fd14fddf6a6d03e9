"""FLAML's search, in the environment of `benchmarks/baselines/flaml.lock`.

`python -m benchmarks.automl.flaml_search FOLDER PROBLEM METRIC SECONDS SEED` trains on the rows of
FOLDER/data that a search of `automl` used, and prints its score of the same held-out rows.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
from flaml import AutoML  # type: ignore[import-not-found]
from sklearn.metrics import (
    accuracy_score,
    roc_auc_score,
    root_mean_squared_error,
)

_TARGET = "target"
_METRICS = {"AUC": "roc_auc", "Accuracy": "accuracy", "RMSE": "rmse"}


def main() -> None:
    """Search, and print the score as JSON."""
    folder, problem, metric, seconds, seed = sys.argv[1:]
    parts = {path.stem: pd.read_csv(path) for path in Path(folder, "data").glob("*/*.csv")}
    training = pd.concat([parts[name] for name in ("train", "validation") if name in parts])
    held_out, began = parts["held-out"], time.monotonic()
    found = AutoML()
    found.fit(
        training.drop(columns=_TARGET),
        training[_TARGET],
        task="regression" if problem == "Regression" else "classification",
        metric=_METRICS[metric],
        time_budget=float(seconds),
        seed=int(seed),
        verbose=0,
    )
    took = time.monotonic() - began
    features, labels = held_out.drop(columns=_TARGET), held_out[_TARGET]
    if metric == "AUC":
        of_second = found.predict_proba(features)[:, 1]
        score = roc_auc_score(labels == found.classes_[1], of_second)
    elif metric == "Accuracy":
        score = accuracy_score(labels, found.predict(features))
    else:
        score = root_mean_squared_error(labels, found.predict(features))
    facts = {"score": float(score), "seconds": took, "learner": found.best_estimator}
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
