"""The error of a model whose two hosts bin continuous features by merged sketches.

Compared are one host, one host with shuffled rows, two hosts, and two hosts that bin all rows
together. Each round draws new data.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from xgboost import collective
from xgboost.tracker import RabitTracker

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan

_SIZES = (4000, 20000)
_TESTED, _WIDTH, _ROUNDS, _FIRST_HOST = 4000, 10, 60, 0.3
_PARAMETERS = {"max_depth": 6, "eta": 0.3, "nthread": 1}
_SEEDS = 24
_SECONDS = 600.0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Data:
    """Rows to learn from and, behind them, rows to be judged by."""

    values: Floats
    label: Floats
    rows: int

    def take_part(self, rank: int) -> slice:
        """Return a host's rows: three tenths, or the rest."""
        border = int(self.rows * _FIRST_HOST)
        return slice(border, self.rows) if rank else slice(border)

    def measure_error(self, model: xgb.Booster) -> float:
        """Return the RMSE on held-out rows."""
        predicted = model.predict(xgb.DMatrix(self.values[self.rows :]))
        return float(np.sqrt(np.mean((predicted - self.label[self.rows :]) ** 2)))


def _draw_data(seed: int, rows: int) -> _Data:
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(rows + _TESTED, _WIDTH)).astype(np.float32)
    score = 2 * x[:, 0] + np.sin(3 * x[:, 1]) + x[:, 2] * x[:, 3] + np.abs(x[:, 4])
    label = score + 0.3 * chance.normal(size=len(x))
    return _Data(x, label.astype(np.float32), rows)


def _prepare(_: Path) -> Plan:
    candidates, goals = [], []
    for rows in _SIZES:
        kinds: dict[str, Callable[[int, int], float]] = {
            "one host": partial(_train_alone, shuffled=False),
            "one host, rows shuffled": partial(_train_alone, shuffled=True),
            "two hosts": partial(_train_together, gathered=False),
            "two hosts, rows gathered": partial(_train_together, gathered=True),
        }
        names = {kind: f"{kind}, {rows} rows" for kind in kinds}
        candidates += [
            Candidate(names[kind], partial(_train_next, train, count(), rows))
            for kind, train in kinds.items()
        ]
        summary = f"rmse_two_hosts_over_one_{rows}_rows"
        goals.append(Goal(summary, "rmse", names["two hosts"], names["one host"], most=1.03))
    return Plan(candidates, goals, rounds=_SEEDS, about={"features": _WIDTH, "rounds": _ROUNDS})


def _train_next(train: Callable[[int, int], float], seeds: count[int], rows: int) -> Figures:
    return {"rmse": train(next(seeds), rows)}


def _train_alone(seed: int, rows: int, *, shuffled: bool) -> float:
    drawn = _draw_data(seed, rows)
    order = np.random.default_rng(seed + 1).permutation(rows) if shuffled else np.arange(rows)
    matrix = xgb.QuantileDMatrix(drawn.values[order], drawn.label[order], nthread=1)
    return drawn.measure_error(xgb.train(_PARAMETERS, matrix, _ROUNDS))


def _train_together(seed: int, rows: int, *, gathered: bool) -> float:
    tracker = RabitTracker(2, "127.0.0.1", sortby="task")
    tracker.start()
    arguments = (tracker.worker_args(), seed, rows, gathered)
    with multiprocessing.get_context("spawn").Pool(2) as hosts:
        tasks = [hosts.apply_async(_run_host, (rank, *arguments)) for rank in range(2)]
        errors = [task.get(_SECONDS) for task in tasks]
    tracker.wait_for(10)
    tracker.free()
    return errors[0]


def _run_host(
    rank: int, tracker: dict[str, int | str], seed: int, rows: int, gathered: bool
) -> float:
    drawn = _draw_data(seed, rows)
    mine = drawn.take_part(rank)
    with collective.CommunicatorContext(**tracker, dmlc_task_id=str(rank)):
        like = None
        if gathered:
            # A thread that has not joined the hosts cuts by itself.
            with ThreadPoolExecutor(1) as apart:
                whole = drawn.values[:rows]
                like = apart.submit(xgb.QuantileDMatrix, whole, nthread=1).result()
        matrix = xgb.QuantileDMatrix(drawn.values[mine], drawn.label[mine], ref=like, nthread=1)
        return drawn.measure_error(xgb.train(_PARAMETERS, matrix, _ROUNDS))


BENCHMARK = Benchmark(
    "cuts",
    "the error of models of two hosts, whose sketches are merged, and of one",
    _prepare,
    slow=True,
)
