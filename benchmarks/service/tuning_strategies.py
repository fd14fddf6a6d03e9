"""The strategies of tuning jobs beside each other: the best score after so many trials.

Each round is a seed. The proposals and the early stops are those of the service's own search. A
trial is no training job: XGBoost runs in this process, reports a score a round (the mean of three
folds), and is stopped where the service would stop the job. Trials run one after another. Scores
are RMSE of a regression and log loss of classes, the less the better. A trial that was stopped
counts by its last score, as in the service. Grid has no seed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from local_test.service.resources.tuning.hyperband import Resources
from local_test.service.resources.tuning.search_strategy import HyperparameterSearch

STRATEGIES = ("Random", "Bayesian", "Hyperband", "Grid")
TRIALS = (8, 16, 32)
DATA_SETS: Mapping[str, Callable[..., Any]] = {
    "diabetes": datasets.load_diabetes,
    "breast_cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
    "digits": datasets.load_digits,
}
_ROUNDS, _FOLDS, _MOST_ROWS, _SEEDS = 27, 3, 400, 5
_BASE: Mapping[str, object] = {"nthread": 1, "verbosity": 0, "tree_method": "hist", "seed": 0}


def _range(name: str, low: float, high: float, scale: str) -> dict[str, str]:
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scale}


_RANGES = {
    "IntegerParameterRanges": [_range("max_depth", 1, 8, "Linear")],
    "ContinuousParameterRanges": [
        _range("eta", 0.02, 1.0, "Logarithmic"),
        _range("min_child_weight", 0.1, 20.0, "Logarithmic"),
        _range("lambda", 0.01, 100.0, "Logarithmic"),
        _range("subsample", 0.4, 1.0, "Linear"),
        _range("colsample_bytree", 0.3, 1.0, "Linear"),
    ],
}
_GRID = {
    "CategoricalParameterRanges": [
        {"Name": "eta", "Values": ["0.1", "0.3"]},
        {"Name": "max_depth", "Values": ["2", "6"]},
        {"Name": "min_child_weight", "Values": ["1", "5"]},
        {"Name": "lambda", "Values": ["1", "10"]},
        {"Name": "subsample", "Values": ["0.6", "1.0"]},
    ]
}


@dataclass(frozen=True)
class _Data:
    """A data set: `folds` are pairs of training and validation rows."""

    features: NDArray[np.float64]
    labels: NDArray[np.float64]
    objective: Mapping[str, object]
    folds: list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@cache
def _load(name: str) -> _Data:
    features, labels = DATA_SETS[name](return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(labels))[:_MOST_ROWS]
    features, labels = features[rows], labels[rows].astype(np.float64)
    classes = len(np.unique(labels)) if name != "diabetes" else 0
    if not classes:
        folds = KFold(_FOLDS, shuffle=True, random_state=0).split(features)
        return _Data(features, labels, {"objective": "reg:squarederror"}, list(folds))
    split = StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(features, labels)
    objective = (
        {"objective": "binary:logistic"}
        if classes == 2
        else {"objective": "multi:softprob", "num_class": classes}
    )
    return _Data(features, labels, objective, list(split))


def _train(data: _Data, hyperparameters: Mapping[str, str]) -> Iterator[float]:
    """Yield the mean score of the folds after each round."""
    boosters, held = [], []
    for train, validation in data.folds:
        matrix = xgboost.DMatrix(data.features[train], data.labels[train], nthread=1)
        other = xgboost.DMatrix(data.features[validation], data.labels[validation], nthread=1)
        booster = xgboost.Booster({**_BASE, **data.objective, **hyperparameters}, [matrix, other])
        boosters.append((booster, matrix))
        held.append(other)
    for number in range(_ROUNDS):
        scores = []
        for (booster, matrix), other in zip(boosters, held, strict=True):
            booster.update(matrix, number)
            scores.append(float(booster.eval(other).rpartition(":")[2]))
        yield float(np.mean(scores))


@cache
def _score_defaults(name: str) -> float:
    return list(_train(_load(name), {}))[-1]


@dataclass
class _Rounds:
    """Counts the seeds of a strategy; the figures of one that has no seed are measured once."""

    strategy: str
    seeds: Iterator[int] = field(default_factory=itertools.count)
    kept: Figures | None = None

    def measure(self) -> Figures:
        """Run the trials of all data sets with the next seed."""
        if self.strategy == "Grid" and self.kept is not None:
            return self.kept
        self.kept = _measure(self.strategy, next(self.seeds))
        return self.kept


def _measure(strategy: str, seed: int) -> Figures:
    figures: dict[str, float] = {}
    ratios: dict[int, list[float]] = {count: [] for count in TRIALS}
    spent = 0
    for name in DATA_SETS:
        scores, rounds = _search(strategy, name, seed)
        spent += rounds
        for count in TRIALS:
            best = min(scores[:count])
            figures[f"{name}_{count}"] = best
            ratios[count].append(math.log(best / _score_defaults(name)))
    for count in TRIALS:
        figures[f"of_defaults_{count}"] = math.exp(float(np.mean(ratios[count])))
    return {**figures, "rounds_a_trial": spent / (len(DATA_SETS) * max(TRIALS))}


def _search(strategy: str, name: str, seed: int) -> tuple[list[float], int]:
    """Return the scores of the trials, and how many rounds all of them took."""
    search = HyperparameterSearch(
        strategy,
        _GRID if strategy == "Grid" else _RANGES,
        maximize=False,
        early=False,
        seed=seed,
        resources=Resources(1, _ROUNDS) if strategy == "Hyperband" else None,
    )
    data, finals, spent = _load(name), [], 0
    for _ in range(max(TRIALS)):
        trial, hyperparameters = search.propose()
        values: list[float] = []
        stopped = False
        for value in _train(data, hyperparameters):
            values.append(value)
            search.report(trial, values)
            if search.is_hopeless(trial) and len(values) < _ROUNDS:
                stopped = True
                break
        search.finish_trial(trial, values[-1], stopped=stopped)
        finals.append(values[-1])
        spent += len(values)
    return finals, spent


def _prepare(_: Path) -> Plan:
    return Plan(
        [Candidate(name, partial(_Rounds.measure, _Rounds(name))) for name in STRATEGIES],
        rounds=_SEEDS,
        about={
            "rows": {name: len(_load(name).labels) for name in DATA_SETS},
            "scores of XGBoost's defaults": {name: _score_defaults(name) for name in DATA_SETS},
            "rounds of a whole trial": _ROUNDS,
        },
    )


BENCHMARK = Benchmark(
    "tuning",
    "the best score of each strategy of tuning jobs after 8, 16 and 32 trials",
    _prepare,
    slow=True,
)
