"""What goes between the two images: NPY, the default, against CSV; one row, and a thousand."""

from __future__ import annotations

import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line, select_engine
from local_test.jobs import Channel, TrainingJob, TransformJob

_NUMBERS, _CATEGORIES, _ROWS = 24, 6, 2000
_PARQUET = "application/x-parquet"
_REPETITIONS = {1: 300, 1000: 30}


def _prepare(folder: Path) -> Plan:
    engine = select_engine("process")
    raw = folder / "raw.csv"
    if not (folder / "booster" / "model.tar.gz").exists():
        raw.write_text(_make_records())
        _train(engine, folder, raw)
    rows = raw.read_text(encoding="utf-8").splitlines()[1:]
    bodies = {
        size: "".join(f"{row.rpartition(',')[0]}\n" for row in rows[:size]).encode()
        for size in _REPETITIONS
    }
    forms = {"NPY": {}, "CSV": {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"}}
    return Plan(
        [
            Candidate(name, partial(_measure, engine, folder, environment, bodies))
            for name, environment in forms.items()
        ],
        [
            Goal("pipeline_1000_rows_npy_over_csv", "ms_1000_rows", "NPY", "CSV", most=0.9),
            Goal("pipeline_1_row_npy_over_csv", "ms_1_row", "NPY", "CSV", most=1.05),
        ],
        rounds=5,
        about={"raw columns": _NUMBERS + _CATEGORIES, "rounds of boosting": 100},
    )


def _make_records() -> str:
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(_ROWS, _NUMBERS))
    categories = generator.choice(list("ABCDEFGH"), size=(_ROWS, _CATEGORIES))
    names = [f"n{i}" for i in range(_NUMBERS)] + [f"c{i}" for i in range(_CATEGORIES)]
    lines = [",".join([*names, "y"])]
    for figures, words in zip(numbers.tolist(), categories.tolist(), strict=True):
        label = figures[0] * figures[1] + "ABCDEFGH".index(words[0])
        lines.append(",".join([*(f"{value:.6f}" for value in figures), *words, f"{label:.6f}"]))
    return "\n".join(lines) + "\n"


def _train(engine: Engine, folder: Path, raw: Path) -> None:
    first = TrainingJob("preprocessor", [Channel("train", raw, "text/csv")], {"target": "y"})
    jobs.train(first, folder / "transform", engine, logs=discard_line).raise_for_status()
    stages = [Stage("preprocessor", folder / "transform" / "model.tar.gz")]
    batch = TransformJob(stages, raw, "text/csv", _PARQUET)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    features = Channel("train", folder / "features" / "raw.csv.out", _PARQUET)
    second = TrainingJob("xgboost", [features], {"num_round": "100"})
    jobs.train(second, folder / "booster", engine, logs=discard_line).raise_for_status()


def _measure(
    engine: Engine, folder: Path, environment: dict[str, str], bodies: dict[int, bytes]
) -> Figures:
    stages = [
        Stage("preprocessor", folder / "transform" / "model.tar.gz", environment),
        Stage("xgboost", folder / "booster" / "model.tar.gz"),
    ]
    with Endpoint(stages, engine, logs=discard_line) as endpoint:
        return {
            f"ms_{size}_row{'s' if size > 1 else ''}": _measure_median(
                endpoint, body, _REPETITIONS[size]
            )
            for size, body in bodies.items()
        }


def _measure_median(endpoint: Endpoint, body: bytes, repetitions: int) -> float:
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        endpoint.invoke(body, "text/csv").body.decode()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


BENCHMARK = Benchmark("between", "NPY against CSV between the two images", _prepare)
