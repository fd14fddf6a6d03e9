"""Peak memory and time of a fit in parts, of one set of rows and of three, and of a whole fit."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import measure_program

_ROWS, _TIMES = 200_000, 3
_FILES = 4
_COLUMNS = {
    "income": {"scale": "quantile"},
    "age": {"scale": "robust", "clip": {"high_quantile": 0.99}},
    "distance": {"log1p": True, "bin": 10},
    "city": {"onehot": {"min_frequency": 0.001}},
}


def _prepare(folder: Path) -> Plan:
    for name, rows in (("one", _ROWS), ("three", _TIMES * _ROWS)):
        if not (folder / name).is_dir():
            _write_table(folder / name, rows)
    candidates = [
        Candidate("in parts", partial(_fit, folder, "one", "true")),
        Candidate("in parts, 3 times the rows", partial(_fit, folder, "three", "true")),
        Candidate("whole, 3 times the rows", partial(_fit, folder, "three", "false")),
    ]
    goals = [
        Goal("fit_in_parts_memory_of_3_times_the_rows", "peak_mb", *_name_columns(1, 0), most=1.25),
        Goal("fit_memory_whole_over_in_parts", "peak_mb", *_name_columns(2, 1), least=2.5),
    ]
    size = sum(path.stat().st_size for path in (folder / "three").iterdir())
    return Plan(candidates, goals, about={"rows": _ROWS, "mb of 3 times the rows": size / 1e6})


def _name_columns(one: int, other: int) -> tuple[str, str]:
    names = ("in parts", "in parts, 3 times the rows", "whole, 3 times the rows")
    return names[one], names[other]


def _write_table(folder: Path, rows: int) -> None:
    folder.mkdir()
    for number in range(_FILES):
        with (folder / f"{number}.csv").open("w", encoding="utf-8") as file:
            file.write("id,income,age,distance,rooms,city,street,plan,price\n")
            file.writelines(_make_lines(number, rows // _FILES))


def _make_lines(seed: int, rows: int) -> Iterator[str]:
    generator = np.random.default_rng(seed)
    income, distance = generator.lognormal(10, 1, rows), generator.exponential(20, rows)
    age, rooms = generator.integers(0, 99, rows), generator.integers(1, 9, rows)
    city, street = generator.zipf(1.5, rows) % 5000, generator.integers(0, 40_000, rows)
    price = income * 3 + age * 100
    for row in range(rows):
        plan = "ABC"[row % 3] if row % 10 else "NA"
        yield (
            f"{seed}-{row},{income[row]:.2f},{age[row]},{distance[row]:.5f},{rooms[row]},"
            f"city {city[row]},street {street[row]},{plan},{price[row]:.1f}\n"
        )


def _fit(folder: Path, rows: str, in_parts: str) -> Figures:
    root = folder / "job"
    shutil.rmtree(root, ignore_errors=True)
    config = root / "input" / "config"
    config.mkdir(parents=True)
    (root / "input" / "data").mkdir()
    (root / "input" / "data" / "train").symlink_to(folder / rows)
    asked = {
        "target": "price",
        "drop": "street",
        "columns": json.dumps(_COLUMNS),
        "fit_in_parts": in_parts,
    }
    (config / "hyperparameters.json").write_text(json.dumps(asked), encoding="utf-8")
    (config / "inputdataconfig.json").write_text('{"train": {}}', encoding="utf-8")
    program = Path(sys.executable).parent / "tandem-preprocessor"
    return measure_program([program, "train"], {"SAGEMAKER_BASE_DIR": str(root)})


BENCHMARK = Benchmark(
    "fit_out_of_core",
    "a fit in parts: peak memory against the rows, and a whole fit",
    _prepare,
    slow=True,
)
