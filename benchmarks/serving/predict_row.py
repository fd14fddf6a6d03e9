"""Rows predicted as the image does, by XGBoost's C API and its Python; equal bits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from booster.predict.inplace_prediction import InPlacePredictor
from booster.predict.predictor_selection import choose_predictor

_WIDTH, _TREES, _ROUNDS = 40, 200, 5
_REPETITIONS = {1: 2000, 10: 1000, 100: 300, 1000: 50}
_OURS, _PROXY, _THEIRS = "walk of the trees", "C API, proxy kept", "Booster.inplace_predict"
_CODES = 100
# Models beside the anchors' own: parameters, trees, and features that are categories.
_KINDS: dict[str, tuple[dict[str, object], int, int]] = {
    "one category a split": ({"max_cat_to_onehot": _CODES + 1}, _TREES, 10),
    "sets of categories": ({"max_cat_to_onehot": 1}, _TREES, 10),
    "multi:softmax": ({"objective": "multi:softmax", "num_class": 4}, _TREES // 4, 0),
    "binary:hinge": ({"objective": "binary:hinge"}, _TREES, 0),
    "a file of 11 MB": ({"max_depth": 8, "eta": 0.02}, 4 * _TREES, 0),
}
Floats = NDArray[np.float32]
Predict = Callable[[Floats], Floats]


def train_model(
    parameters: Mapping[str, object] | None = None, trees: int = _TREES, categories: int = 0
) -> tuple[xgb.Booster, Floats]:
    """Train the model of the anchors, 200 trees of depth 6 on 40 features; gives rows as well.

    The last features are `categories`.
    """
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(5000, _WIDTH)).astype(np.float32)
    label = rows[:, :5].sum(axis=1) + rows[:, 5] ** 2
    codes = generator.integers(_CODES, size=(len(rows), categories))
    rows[:, _WIDTH - categories :] = codes
    label += np.sin(codes * 7).sum(axis=1)
    rows[generator.random(rows.shape) < 0.05] = np.nan
    given = {"max_depth": 6, "nthread": 1, **(parameters or {})}
    if "num_class" in given:
        label = np.digitize(label, [-1, 1, 3])
    elif "objective" in given:
        label = label > 1
    types = ["q"] * (_WIDTH - categories) + ["c"] * categories
    matrix = xgb.DMatrix(rows, label, feature_types=types, enable_categorical=True)
    return xgb.train(given, matrix, trees), rows


def _prepare(_: Path) -> Plan:
    booster, rows = train_model()
    predictions: dict[str, Predict] = {
        _OURS: choose_predictor(booster),
        _PROXY: InPlacePredictor(booster),
        _THEIRS: booster.inplace_predict,
    }
    candidates = _build_candidates(predictions, rows)
    goals = [
        Goal("predict_1_row_c_api_over_inplace", "us_1", _PROXY, _THEIRS, most=0.5),
        Goal("predict_1_row_walk_over_c_api", "us_1", _OURS, _PROXY, most=0.2),
        Goal("predict_1000_rows_walk_over_c_api", "us_1000", _OURS, _PROXY, most=0.8),
    ]
    for kind, (parameters, trees, categories) in _KINDS.items():
        booster, rows = train_model(parameters, trees, categories)
        ours, theirs = f"{_OURS}, {kind}", f"{_PROXY}, {kind}"
        pair: dict[str, Predict] = {
            ours: choose_predictor(booster),
            theirs: InPlacePredictor(booster),
        }
        candidates += _build_candidates(pair, rows)
        name = kind.replace(" ", "_").replace(":", "_")
        goals.append(Goal(f"predict_1_row_walk_over_c_api_{name}", "us_1", ours, theirs, most=0.5))
    about = {"features": _WIDTH, "trees": _TREES, "depth": 6, "threads": 1}
    return Plan(candidates, goals, rounds=_ROUNDS, about=about)


def _build_candidates(predictions: Mapping[str, Predict], rows: Floats) -> list[Candidate]:
    """Return candidates that predict with the same bits. Raises ValueError where they do not."""
    for size in _REPETITIONS:
        asked = rows[:size]
        if len({np.ravel(predict(asked)).tobytes() for predict in predictions.values()}) != 1:
            raise ValueError(f"{size} rows are not predicted with the same bits")
    return [Candidate(name, partial(_measure, f, rows)) for name, f in predictions.items()]


def _measure(predict: Predict, rows: Floats) -> Figures:
    return {
        f"us_{size}": _measure_median(partial(predict, rows[:size]), repetitions)
        for size, repetitions in _REPETITIONS.items()
    }


def _measure_median(call: Callable[[], object], repetitions: int) -> float:
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        call()
        times.append(1e6 * (time.perf_counter() - began))
    return statistics.median(times)


BENCHMARK = Benchmark(
    "predict_row",
    "1 to 1000 rows: the walk of the trees, the C API, the library's Python",
    _prepare,
)
