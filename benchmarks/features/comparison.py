"""Put, get and a point-in-time join of a million rows, beside Feast's local provider."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.features.workload import ENTITIES, JOINED, RECORDS, write_data
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from scripts.lock.virtual_environments import prepare_environment

TANDEM, FEAST = "Tandem", "Feast"
LOCK = "benchmarks/baselines/feast.lock"
_ROOT = Path(__file__).parents[2]
_TOLERANCE = 1e-4  # Feast keeps one of two equal entities
_GOALS = ("put_http", "get_http", "put_sdk")
_TOLD = ("get_sdk",)  # a call of a function of this process, which no service can match
_QUANTILES = ("p50_ms", "p99_ms")


def _prepare(folder: Path) -> Plan:
    if not all((folder / name).exists() for name in (RECORDS, ENTITIES)):
        write_data(folder)
    feast = prepare_environment("bench/feast", [LOCK]) / "python"
    programs = {
        TANDEM: [sys.executable, "-m", "benchmarks.features.tandem_store"],
        FEAST: [str(feast), "-m", "benchmarks.features.feast_store"],
    }
    joined = dict[str, dict[str, float]]()
    candidates = [
        Candidate(name, partial(_measure, name, [*command, str(folder)], joined))
        for name, command in programs.items()
    ]
    goals = [_make_goal(f"{call}_{one}", 1.0) for call in _GOALS for one in _QUANTILES]
    goals += [_make_goal(f"{call}_{one}") for call in _TOLD for one in _QUANTILES]
    goals.append(_make_goal("join_s", 1.0))
    return Plan(candidates, goals, rounds=3, about={"rows": JOINED})


def _make_goal(figure: str, most: float = float("inf")) -> Goal:
    return Goal(f"feature_{figure}", figure, TANDEM, FEAST, most=most)


def _measure(name: str, command: list[str], joined: dict[str, dict[str, float]]) -> Figures:
    """Run a program. Raises BenchmarkFailed when it fails, or the joins differ."""
    variables = {**os.environ, "PYTHONPATH": str(_ROOT)}
    ended = subprocess.run(command, env=variables, cwd=_ROOT, stdout=subprocess.PIPE, check=False)
    if ended.returncode:
        raise BenchmarkFailed(f"{name} ended with code {ended.returncode}")
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    joined[name] = {key: value for key, value in told["joined"].items() if key != "rows"}
    for other, values in joined.items():
        if any(abs(values[key] / joined[name][key] - 1) > _TOLERANCE for key in values):
            raise BenchmarkFailed(f"joins differ: {other} {values}, {name} {joined[name]}")
    figures: Figures = told["figures"]
    return figures


BENCHMARK = Benchmark(
    "features",
    "the feature store of the local service, beside Feast's local provider",
    _prepare,
    slow=True,
)
