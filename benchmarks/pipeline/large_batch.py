"""A batch transform of 10,000,000 rows through both containers, beside one plain script in chunks.

`TANDEM_BATCH_ROWS` is another number of rows. Everything runs as processes of this machine. The
plain script has the same transform and the same number of trees in one process: pandas reads
chunks of 100,000 rows, scikit-learn transforms them, XGBoost predicts. A quarter of the rows shows
whether memory grows with them.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.peak_memory import watch_peaks
from benchmarks.harness.process_usage import BenchmarkFailed, measure_program
from local_test import jobs
from local_test.endpoints import Stage
from local_test.engines import discard_line, select_engine
from local_test.jobs import BatchSettings, Channel, Split, TrainingJob, TransformJob

_ROWS = int(os.environ.get("TANDEM_BATCH_ROWS", "10000000"))
_LEARNT, _FILE_ROWS, _WIDTH = 10_000, 250_000, 20
_SETTINGS = BatchSettings(max_payload_mb=50, max_concurrent=2)  # a file of Parquet a request
_CSV, _PARQUET = "text/csv", "application/x-parquet"
_RECIPE = {"target": "y"}
_BOOSTER = {"num_round": "100", "max_depth": "6"}
_PROGRAMS = {"preprocessor_mb": "tandem-preprocessor", "xgboost_mb": "tandem-xgboost"}
_PLAIN = """
import sys
from pathlib import Path
import pandas as pd, xgboost as xgb
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
train, source, target = map(Path, sys.argv[1:])
read = pd.read_csv(train)
label = read.pop("y")
transform = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(read)
model = xgb.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=2)
model.fit(transform.transform(read), label)
target.mkdir(exist_ok=True)
for path in sorted(source.iterdir()):
    with (target / f"{path.name}.out").open("w") as output:
        if path.suffix == ".csv":
            chunks = pd.read_csv(path, chunksize=100_000)
        else:
            chunks = [pd.read_parquet(path)]
        for chunk in chunks:
            predicted = model.predict(transform.transform(chunk))
            pd.Series(predicted).to_csv(output, header=False, index=False)
"""


def _prepare(folder: Path) -> Plan:
    folder = folder.resolve() / str(_ROWS)
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make_rows(folder)
        _fit(folder)
        (folder / "made").touch()
    candidates, goals = list[Candidate](), list[Goal]()
    for name, kind in (("csv", _CSV), ("parquet", _PARQUET)):
        ours, fewer, plain = f"tandem, {name}", f"tandem, {name}, a quarter", f"plain, {name}"
        candidates += [
            Candidate(fewer, partial(_transform, folder, f"{name}-quarter", kind)),
            Candidate(ours, partial(_transform, folder, name, kind)),
            Candidate(plain, partial(_run_plain, folder, name)),
        ]
        goals += [
            Goal(f"large_batch_{name}", "rows_per_second", ours, plain, least=1.0),
            Goal(f"large_batch_{name}_memory", "peak_mb", ours, fewer, most=1.2),
        ]
    return Plan(candidates, goals, rounds=1, about={"rows": _ROWS, "columns": _WIDTH})


def _make_rows(folder: Path) -> None:
    (folder / "train").mkdir(parents=True)
    pyarrow.csv.write_csv(_make_table(_LEARNT, 0, target=True), folder / "train" / "rows.csv")
    for name in ("csv", "parquet"):
        (folder / name).mkdir()
    for number, first in enumerate(range(0, _ROWS, _FILE_ROWS)):
        table = _make_table(min(_FILE_ROWS, _ROWS - first), number + 1, target=False)
        pyarrow.csv.write_csv(table, folder / "csv" / f"{number:04d}.csv")
        pq.write_table(table, folder / "parquet" / f"{number:04d}.parquet")
    for name in ("csv", "parquet"):
        (folder / f"{name}-quarter").mkdir()
        files = sorted((folder / name).iterdir())
        for path in files[: -(-len(files) // 4)]:
            (folder / f"{name}-quarter" / path.name).hardlink_to(path)


def _make_table(rows: int, seed: int, *, target: bool) -> pa.Table:
    """Return rows of numbers, of which one in fifty is missing."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((_WIDTH, rows))
    label = values[0] * values[1] + values[2]
    values[generator.random(values.shape) < 0.02] = np.nan
    columns = {f"c{place:02d}": pa.array(c, from_pandas=True) for place, c in enumerate(values)}
    return pa.table({"y": label} | columns if target else columns)


def _fit(folder: Path) -> None:
    _train("preprocessor", Channel("train", folder / "train", _CSV), _RECIPE, folder / "fit")
    stage = [Stage("preprocessor", folder / "fit" / "model.tar.gz")]
    job = TransformJob(stage, folder / "train", _CSV, _PARQUET)
    jobs.transform(
        job, folder / "features", select_engine("process"), logs=discard_line
    ).raise_for_status()
    features = Channel("train", folder / "features", _PARQUET)
    _train("xgboost", features, _BOOSTER, folder / "booster")


def _train(image: str, channel: Channel, values: Mapping[str, str], output: Path) -> None:
    job = TrainingJob(image, [channel], values)
    result = jobs.train(job, output, select_engine("process"), logs=discard_line)
    if result.exit_code:
        raise BenchmarkFailed(f"{image}: {result.diagnosis}")


def _transform(folder: Path, name: str, kind: str) -> Figures:
    stages = [
        Stage("preprocessor", folder / "fit" / "model.tar.gz"),
        Stage("xgboost", folder / "booster" / "model.tar.gz"),
    ]
    split = Split.LINE if kind == _CSV else Split.NONE
    settings = BatchSettings() if kind == _CSV else _SETTINGS
    job = TransformJob(stages, folder / name, kind, _CSV, split, split, settings)
    output = folder / f"answers-{name}"
    shutil.rmtree(output, ignore_errors=True)
    used, began = _read_cpu_seconds(), time.monotonic()
    with watch_peaks(_PROGRAMS) as peaks:
        jobs.transform(job, output, select_engine("process"), logs=discard_line).raise_for_status()
    seconds = time.monotonic() - began
    rows = min(_ROWS, _FILE_ROWS * len(list((folder / name).iterdir())))
    _check_rows(output, rows)
    return {
        "seconds": seconds,
        "rows_per_second": rows / seconds,
        "cpu_seconds": _read_cpu_seconds() - used,
        **peaks,
    }


def _run_plain(folder: Path, name: str) -> Figures:
    output = folder / f"plain-{name}"
    shutil.rmtree(output, ignore_errors=True)
    train = folder / "train" / "rows.csv"
    command: list[str | Path] = [sys.executable, "-c", _PLAIN, train, folder / name, output]
    used = measure_program(command, {"OMP_WAIT_POLICY": "PASSIVE"})
    _check_rows(output, _ROWS)
    return {**used, "rows_per_second": _ROWS / used["seconds"]}


def _check_rows(folder: Path, rows: int) -> None:
    count = ["wc", "-l", *map(str, sorted(folder.glob("*.out")))]
    lines = subprocess.run(count, capture_output=True, text=True, check=True).stdout.splitlines()
    total = int(lines[-1].split()[0])
    if total != rows:
        raise BenchmarkFailed(f"{folder} has {total} predictions of {rows} rows")


def _read_cpu_seconds() -> float:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


BENCHMARK = Benchmark(
    "large_batch", "10,000,000 rows through both containers, beside a plain script", _prepare, True
)
