"""How long each image's program takes to start, import its own part and say its help."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from benchmarks.harness.process_usage import measure_program


def _prepare(_: Path) -> Plan:
    programs = ("tandem-preprocessor", "tandem-xgboost")
    return Plan([Candidate(name, partial(_measure_help, name)) for name in programs], rounds=5)


def _measure_help(program: str) -> Figures:
    return measure_program([Path(sys.executable).parent / program, "train", "--help"])


BENCHMARK = Benchmark("start", "seconds until `train --help` has spoken", _prepare)
