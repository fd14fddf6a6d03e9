"""Batch transform by `/execution-parameters` and by other settings: rows per second.

One file of 200,000 rows of 40 features through 200 trees, on the process engine: the relay shares
the processors with the server. What is timed is the first request to the last answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.serving.predict_row import train_model
from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.stage import Stage
from local_test.engines import select_engine
from local_test.engines.container_logs import discard_line
from local_test.jobs.object_transform import ObjectTransform
from local_test.jobs.transform_job import TransformJob
from local_test.platform.batch_transform.batch_settings import (
    SINGLE,
    BatchPlan,
    BatchSettings,
    make_batch_plan,
    parse_execution_parameters,
)
from local_test.platform.batch_transform.record_splitting import Split
from local_test.platform.batch_transform.request_pool import RequestPool

Change = Callable[[BatchPlan], BatchPlan]

_REPEATED, _FEW, _ROUNDS = 40, 2000, 3
_TOLD, _ALONE = "as told", "a record a request"
_OTHERS: dict[str, Change] = {
    "one request at a time": lambda told: replace(told, max_concurrent=1),
    "half as many at a time": lambda told: replace(told, max_concurrent=told.max_concurrent // 2),
    "twice as many at a time": lambda told: replace(told, max_concurrent=2 * told.max_concurrent),
    "1 MB a request": lambda told: replace(told, max_payload_mb=1),
    "12 MB a request": lambda told: replace(told, max_payload_mb=12),
}
_LEAST = 0.85


def _prepare(folder: Path) -> Plan:
    booster, rows = train_model()
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model" / "xgboost-model").write_bytes(booster.save_raw("ubj"))
    text = pd.DataFrame(rows).to_csv(header=False, index=False)
    (folder / "rows.csv").write_text(text * _REPEATED)
    (folder / "few.csv").write_text("".join(text.splitlines(keepends=True)[:_FEW]))
    candidates = [
        Candidate(_TOLD, partial(_measure, folder, "rows", lambda told: told)),
        *(Candidate(name, partial(_measure, folder, "rows", how)) for name, how in _OTHERS.items()),
        Candidate(_ALONE, partial(_measure, folder, "few", lambda t: replace(t, strategy=SINGLE))),
    ]
    others = {name: f"batch_told_over_{name.replace(' ', '_')}" for name in (*_OTHERS, _ALONE)}
    goals = [
        Goal(summary, "rows_per_second", _TOLD, name, least=_LEAST)
        for name, summary in others.items()
    ]
    about = {"rows": len(rows) * _REPEATED, "megabytes": len(text) * _REPEATED / 1e6}
    return Plan(candidates, goals, rounds=_ROUNDS, about=about)


def _measure(folder: Path, name: str, change: Change) -> Figures:
    stages = [Stage("xgboost", folder / "model")]
    source = folder / f"{name}.csv"
    job = TransformJob(stages, source, "text/csv", "text/csv", Split.LINE, Split.LINE)
    environment = BatchSettings().to_environment()
    with Endpoint(
        stages,
        select_engine("process"),
        environment=environment,
        logs=discard_line,
        payload_bytes=None,
    ) as endpoint:
        told = parse_execution_parameters(endpoint.relay.read_execution_parameters())
        settled = change(make_batch_plan(BatchSettings(), told))
        began = time.monotonic()
        with RequestPool(settled.max_concurrent) as requests:
            transform = ObjectTransform(job, endpoint.relay, settled, requests)
            done = transform.run(name, source, folder / "out")
        seconds = time.monotonic() - began
    if done.error:
        raise BenchmarkFailed(done.error)
    rows = (folder / "out").read_bytes().count(b"\n")
    return {"rows_per_second": rows / seconds, "requests": done.requests}


BENCHMARK = Benchmark(
    "batch", "batch transform as it is told to be sent, and otherwise", _prepare, slow=True
)
