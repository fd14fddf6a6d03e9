"""10,000 records in one SQLite file, beside a JSON file each as version 0.1.0 had them."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import measure_program
from benchmarks.service.stored_records import COUNT, STORES

_PROGRAM = (sys.executable, "-m", "benchmarks.service.stored_records")
_ROOT = Path(__file__).parents[2]
_GOALS = (
    ("record_start", "start_ms", 0.5),
    ("record_update", "update_us", 1.5),
    ("record_page", "page_ms", 0.2),
    ("record_arn", "arn_ms", 0.1),
    ("record_memory", "peak_mb", 0.5),
)


def _prepare(folder: Path) -> Plan:
    folder = folder.resolve()
    for store in STORES:
        if not (folder / store / "filled").exists():
            subprocess.run([*_PROGRAM, "fill", store, folder / store], check=True, cwd=_ROOT)
            (folder / store / "filled").touch()
    candidates = [Candidate(name, partial(_measure, name, folder / name)) for name in STORES]
    goals = [
        Goal(summary, figure, "sqlite", "files", most=most) for summary, figure, most in _GOALS
    ]
    return Plan(candidates, goals, rounds=5, about={"records": COUNT})


def _measure(store: str, folder: Path) -> Figures:
    command = [*_PROGRAM, "measure", store, str(folder)]
    output = folder / "figures.json"
    script = f"exec {' '.join(command)} > {output}"
    used = measure_program(["/bin/sh", "-c", script], {"PYTHONPATH": str(_ROOT)})
    return {**json.loads(output.read_text()), "peak_mb": used["peak_mb"]}


BENCHMARK = Benchmark(
    "records", "10,000 records of the local service: one file, a file each", _prepare, slow=True
)
