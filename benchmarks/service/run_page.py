"""The console's page of a tuning job of 200 trials, beside MLflow's page of the same runs."""

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
from benchmarks.service.page_in_browser import Window, serve
from local_test.service.api.resource_type import start_record
from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.job_components.tracking import track_job
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import start_history
from local_test.service.resources.tuning.resource import TUNING_JOB

_REGION, _NAME, _RUNS, _ROUNDS, _BEGUN = "us-east-1", "prices", 200, 100, 1.79e9
# Both charts have a line for each run, and the table a row.
_DRAWN = (
    "['curves', 'parallel'].every(id => document.getElementById(id)?.dataset.lines === '200')"
    " && document.querySelectorAll('tr[data-run]').length === 200"
)
_PAGE = f"/console/experiments/{_REGION}/{_NAME}-aws-tuning-job"


def _open(folder: Path) -> Backend:
    backend = Backend(folder, "http://127.0.0.1:1", "process", types=registry.TYPES)
    backend.records.observe(partial(track_job, backend))
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
    """Add the records of a tuning job and of its training jobs, as the service leaves them."""
    tuning = start_record(TUNING_JOB, _REGION, {TUNING_JOB.name_field: _NAME}, _BEGUN)
    arn = tuning[TUNING_JOB.arn_field]
    backend.records.add(TUNING_JOB, _REGION, _NAME, tuning | {TUNING_JOB.status_field: "Completed"})
    for number, (values, scores) in enumerate(trials):
        name = f"{_NAME}-{number:03d}-0badcafe"
        fields = {
            TRAINING_JOB.name_field: name,
            "AlgorithmSpecification": {"TrainingImage": "tandem-xgboost:latest"},
            "HyperParameters": {key: str(value) for key, value in values.items()},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "TuningJobArn": arn,
        }
        job = start_record(TRAINING_JOB, _REGION, fields, _BEGUN + number)
        status = {TRAINING_JOB.status_field: "InProgress"} | start_history(_BEGUN + number)
        backend.records.add(TRAINING_JOB, _REGION, name, job | status)
        series = {"rmse": [[_BEGUN + number + step, score] for step, score in enumerate(scores)]}
        ended = {TRAINING_JOB.status_field: "Completed", "MetricSeries": series}
        backend.records.update(TRAINING_JOB, _REGION, name, **ended)


def _prepare(folder: Path) -> Plan:
    backend, trials = _open(folder.resolve()), _make_trials()
    if not backend.records.list_all(TUNING_JOB):
        _fill(backend, trials)
    app, window = App(backend), Window()
    mlflow = MlflowPage(folder.resolve() / "mlflow", trials, window)
    goals = [
        Goal("run_page", "page_seconds", "console", most=1.0),
        Goal("run_page_shown", "shown_seconds", "console", most=1.0),
        Goal("run_page_mlflow", "page_seconds", "console", "mlflow", most=0.5),
        Goal("run_page_shown_mlflow", "shown_seconds", "console", "mlflow", most=0.8),
    ]
    about = {"runs": _RUNS, "points": _RUNS * _ROUNDS}
    candidates = [
        Candidate("console", partial(_measure, Client(app), window, f"{serve(app)}{_PAGE}")),
        Candidate("mlflow", mlflow.measure),
    ]
    return Plan(candidates, goals, rounds=7, about=about)


def _measure(client: Client, window: Window, address: str) -> Figures:
    started = time.perf_counter()
    response = client.get(_PAGE)
    seconds = time.perf_counter() - started
    if response.status_code != 200 or response.text.count('{"run":') != _RUNS:
        raise RuntimeError(f"the page is not that of {_RUNS} runs: {response.status}")
    shown = window.measure(address, _DRAWN)
    return {
        "page_seconds": seconds,
        "shown_seconds": shown,
        "page_kb": len(response.data) / 1000,
    }


BENCHMARK = Benchmark(
    "run-page", "the console's page of a tuning job of 200 trials, beside MLflow's", _prepare
)
