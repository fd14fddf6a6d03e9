"""Rows predicted as the image does, by XGBoost's C API and its Python; equal bits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
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
Floats = NDArray[np.float32]


def train_model() -> tuple[xgb.Booster, Floats]:
    """Train the model of the anchors, 200 trees of depth 6 on 40 features; gives rows as well."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(5000, _WIDTH)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.05] = np.nan
    label = np.nansum(rows[:, :5], axis=1) + np.nan_to_num(rows[:, 5]) ** 2
    booster = xgb.train({"max_depth": 6, "nthread": 1}, xgb.DMatrix(rows, label), _TREES)
    return booster, rows


def _prepare(_: Path) -> Plan:
    booster, rows = train_model()
    predictions: dict[str, Callable[[Floats], Floats]] = {
        _OURS: choose_predictor(booster),
        _PROXY: InPlacePredictor(booster),
        _THEIRS: booster.inplace_predict,
    }
    for size in _REPETITIONS:
        asked = rows[:size]
        if len({np.ravel(predict(asked)).tobytes() for predict in predictions.values()}) != 1:
            raise ValueError(f"{size} rows are not predicted with the same bits")
    candidates = [Candidate(name, partial(_measure, f, rows)) for name, f in predictions.items()]
    goals = [
        Goal("predict_1_row_c_api_over_inplace", "us_1", _PROXY, _THEIRS, most=0.5),
        Goal("predict_1_row_walk_over_c_api", "us_1", _OURS, _PROXY, most=0.2),
        Goal("predict_1000_rows_walk_over_c_api", "us_1000", _OURS, _PROXY, most=0.8),
    ]
    about = {"features": _WIDTH, "trees": _TREES, "depth": 6, "threads": 1}
    return Plan(candidates, goals, rounds=_ROUNDS, about=about)


def _measure(predict: Callable[[Floats], Floats], rows: Floats) -> Figures:
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
