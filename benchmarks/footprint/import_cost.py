"""What a server imports before it can load its model: time, and memory that is paid for it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import measure_program
from benchmarks.load.contenders import PLAIN, ROOT, TANDEM, find_python

_SERVING = {"xgboost": "booster.serving", "transform": "preprocessor.serving"}


def _prepare(_: Path) -> Plan:
    needed = {
        f"{TANDEM} {image}": (find_python(image), f"import {module}, tandem.serving.server")
        for image, module in _SERVING.items()
    }
    usual = (Path(sys.executable), "import gunicorn.app.wsgiapp, benchmarks.baselines.plain.serve")
    candidates = [
        Candidate(name, partial(_measure_import, *what))
        for name, what in {**needed, PLAIN: usual}.items()
    ]
    goals = [
        Goal(f"import_{image}_{figure}", unit, f"{TANDEM} {image}", PLAIN, most=most)
        for image in _SERVING
        for figure, unit, most in (("time", "seconds", 0.5), ("memory", "peak_mb", 0.5))
    ]
    return Plan(candidates, goals, rounds=5)


def _measure_import(program: Path, statement: str) -> Figures:
    return measure_program([program, "-c", statement], {"PYTHONPATH": str(ROOT)})


BENCHMARK = Benchmark("imports", "what a server imports at its start", _prepare)
