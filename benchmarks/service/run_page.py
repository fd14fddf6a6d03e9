"""The console's page of 200 runs, as a tuning job of 200 trials leaves them, beside MLflow's."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from werkzeug.test import Client

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.service.mlflow_page import MlflowPage, Trial
from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.experiments.associations import index_parents
from local_test.service.resources.experiments.resource import EXPERIMENT, TRIAL_COMPONENT, add
from local_test.service.storage.metric_store import MetricPoint

_REGION, _NAME, _RUNS, _ROUNDS = "us-east-1", "prices", 200, 100
_PAGE = f"/console/experiments/{_REGION}/{_NAME}"


def _open(folder: Path) -> Backend:
    backend = Backend(folder, "http://127.0.0.1:1", "process", types=registry.TYPES)
    backend.ready.set()
    return backend


def _make_trials() -> list[Trial]:
    chance = random.Random(0)  # noqa: S311 - the same runs each time
    trials: list[Trial] = []
    for _ in range(_RUNS):
        eta = chance.uniform(0.01, 0.5)
        values = {"eta": eta, "max_depth": chance.randint(2, 12), "gamma": chance.random()}
        trials.append((values, [math.exp(-eta * step) for step in range(_ROUNDS)]))
    return trials


def _fill(backend: Backend, trials: Sequence[Trial]) -> None:
    add(backend, EXPERIMENT, _REGION, {EXPERIMENT.name_field: _NAME})
    parents = index_parents(_REGION, [{"TrialName": _NAME, EXPERIMENT.name_field: _NAME}])
    for number, (values, scores) in enumerate(trials):
        parameters = {name: {"NumberValue": value} for name, value in values.items()}
        fields = {TRIAL_COMPONENT.name_field: f"trial-{number}", "Parameters": parameters}
        component = add(backend, TRIAL_COMPONENT, _REGION, fields, **parents)
        points = [MetricPoint("rmse", score, 0.0, step) for step, score in enumerate(scores)]
        backend.metric_store.add(component[TRIAL_COMPONENT.arn_field], points)


def _prepare(folder: Path) -> Plan:
    backend, trials = _open(folder.resolve()), _make_trials()
    if not backend.records.list_all(EXPERIMENT):
        _fill(backend, trials)
    client = Client(App(backend))
    mlflow = MlflowPage(folder.resolve() / "mlflow", trials)
    goals = [
        Goal("run_page", "page_seconds", "console", most=1.0),
        Goal("run_page_mlflow", "page_seconds", "console", "mlflow"),
    ]
    about = {"runs": _RUNS, "points": _RUNS * _ROUNDS}
    candidates = [
        Candidate("console", partial(_measure, client)),
        Candidate("mlflow", mlflow.measure),
    ]
    return Plan(candidates, goals, rounds=7, about=about)


def _measure(client: Client) -> Figures:
    started = time.perf_counter()
    response = client.get(_PAGE)
    seconds = time.perf_counter() - started
    if response.status_code != 200 or response.text.count('{"run":') != _RUNS:
        raise RuntimeError(f"the page is not that of {_RUNS} runs: {response.status}")
    return {"page_seconds": seconds, "page_kb": len(response.data) / 1000}


BENCHMARK = Benchmark("run-page", "the console's page of 200 runs, beside MLflow's", _prepare)
