"""Training on 1,000,000 rows of 30 features: this image's program against the plain pattern.

The plain pattern makes a `DMatrix` as the built-in container's loaders do: XGBoost's own reader of
CSV and LIBSVM files, pandas for Parquet, and a gzip file is unpacked first (the platform does).
Both are fresh processes of one environment, with two threads that sleep where they wait. Tandem's
sees neither pandas nor scikit-learn: its image has none, and XGBoost imports them.
"""

from __future__ import annotations

import gzip
import json
import math
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import measure_program

_ROWS, _WIDTH, _ROUNDS = 1_000_000, 30, 100
_TYPES = {
    "csv": "text/csv",
    "gzip": "text/csv",
    "libsvm": "text/libsvm",
    "parquet": "application/x-parquet",
}
_SUFFIXES = {"gzip": "csv.gz"}
_SLEEP = {"OMP_WAIT_POLICY": "PASSIVE"}
_IMAGE = """
import sys
sys.modules["pandas"] = sys.modules["sklearn"] = None
from booster.__main__ import main
raise SystemExit(main())
"""
_PLAIN = """
import gzip, shutil, sys
import xgboost as xgb
kind, file, model_file, rounds = sys.argv[1:]
if kind == "parquet":
    import pyarrow.parquet as pq
    table = pq.read_table(file)
    values = table.to_pandas().to_numpy()
    del table
    matrix = xgb.DMatrix(values[:, 1:], label=values[:, 0])
    del values
elif kind == "libsvm":
    matrix = xgb.DMatrix(file + "?format=libsvm")
else:
    if kind == "gzip":
        packed, file = file, model_file + ".csv"
        with gzip.open(packed) as source, open(file, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    matrix = xgb.DMatrix(file + "?format=csv&label_column=0&delimiter=,")
model = xgb.train({"nthread": 2, "max_depth": 6}, matrix, int(rounds), evals=[(matrix, "train")],
                  verbose_eval=False)
model.save_model(model_file)
"""


def _prepare(folder: Path) -> Plan:
    candidates, goals = [], []
    for kind in _TYPES:
        file = folder / kind / f"data.{_SUFFIXES.get(kind, kind)}"
        if not file.exists():
            _write_file(file, kind)
        ours, plain = f"tandem, {kind}", f"plain, {kind}"
        candidates += [
            Candidate(ours, partial(_train_with_image, folder, kind)),
            Candidate(plain, partial(_train_with_xgboost, kind, file)),
        ]
        goals.append(Goal(f"training_memory_{kind}", "peak_mb", ours, plain, most=0.5))
        goals.append(Goal(f"training_time_{kind}", "seconds", ours, plain, most=0.95))
        goals.append(Goal(f"training_processor_{kind}", "cpu_seconds", ours, plain, most=0.95))
    return Plan(candidates, goals, rounds=3, about={"rows": _ROWS, "rounds of boosting": _ROUNDS})


def _write_file(file: Path, kind: str) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    generator = np.random.default_rng(0)
    values = generator.standard_normal((_WIDTH, _ROWS), dtype=np.float32)
    label = values[0] * values[1] + values[2]
    values[generator.random(values.shape, dtype=np.float32) < 0.02] = np.nan
    names = ["y", *(f"f{place}" for place in range(_WIDTH))]
    table = pa.table([pa.array(c, from_pandas=True) for c in (label, *values)], names=names)
    file.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        pq.write_table(table, file, row_group_size=100_000)
    elif kind == "libsvm":
        _write_libsvm(file, values, label)
    elif kind == "gzip":
        with gzip.open(file, "wb", compresslevel=1) as packed:
            pyarrow.csv.write_csv(table, packed, pyarrow.csv.WriteOptions(include_header=False))
    else:
        pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=False))


def _write_libsvm(file: Path, values: Any, label: Any) -> None:
    with file.open("w", encoding="ascii") as target:
        for first, row in zip(label.tolist(), values.T, strict=True):
            pairs = [
                f"{place}:{value!r}"
                for place, value in enumerate(row.tolist())
                if not math.isnan(value)
            ]
            target.write(f"{first!r} {' '.join(pairs)}\n")


def _train_with_image(folder: Path, kind: str) -> Figures:
    root = folder / "job"
    shutil.rmtree(root, ignore_errors=True)
    for part in ("input/config", "input/data", "model", "output"):
        (root / part).mkdir(parents=True)
    (root / "input" / "data" / "train").symlink_to(folder / kind)
    channel = {"ContentType": _TYPES[kind], "TrainingInputMode": "File"}
    if kind == "gzip":
        channel["CompressionType"] = "Gzip"
    given = {"num_round": str(_ROUNDS), "max_depth": "6", "nthread": "2"}
    files = {"hyperparameters": given, "inputdataconfig": {"train": channel}}
    for name, content in files.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    command = [sys.executable, "-c", _IMAGE, "train"]
    return measure_program(command, {"SAGEMAKER_BASE_DIR": str(root), **_SLEEP})


def _train_with_xgboost(kind: str, file: Path) -> Figures:
    model = file.parents[1] / "plain.ubj"
    return measure_program([sys.executable, "-c", _PLAIN, kind, file, model, str(_ROUNDS)], _SLEEP)


BENCHMARK = Benchmark(
    "training_memory", "peak memory and time of 100 rounds on 1,000,000 rows", _prepare, slow=True
)
