"""A million rows of 30 columns analyzed against a reference of as many, beside Evidently.

Tandem runs two jobs: the baseline of the reference, and an execution for the current data, each
with statistics, constraints, quantile sketches and the six kinds of check. A schedule runs the
second alone, which Evidently cannot: it keeps no baseline and reads the reference every time. It
computes its summary and the drift of each column (Wasserstein and Jensen-Shannon distances).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed, measure_program
from benchmarks.monitoring import evidently_report
from benchmarks.monitoring.workload import CURRENT, REFERENCE, ROWS, SHIFTED, write_data
from scripts.lock.virtual_environments import prepare_environment

TANDEM, EVIDENTLY = "Tandem", "Evidently"
LOCK = "benchmarks/baselines/evidently.lock"
_DRIFT = "evidently:metric_v2:ValueDrift"


def _prepare(folder: Path) -> Plan:
    rows = int(os.environ.get("TANDEM_MONITORED_ROWS", ROWS))
    data = folder / str(rows)
    if not (data / f"{CURRENT}.csv").exists():
        data.mkdir(parents=True, exist_ok=True)
        write_data(data, rows)
    evidently = prepare_environment("bench/evidently", [LOCK]) / "python"
    candidates = [
        Candidate(TANDEM, partial(_measure_tandem, folder, data)),
        Candidate(EVIDENTLY, partial(_measure_evidently, evidently, data)),
    ]
    goals = [_make_goal(figure) for figure in ("seconds", "cpu_seconds", "peak_mb")]
    size = (data / f"{CURRENT}.csv").stat().st_size
    return Plan(candidates, goals, rounds=3, about={"rows": rows, "mb of a file": size / 1e6})


def _make_goal(figure: str) -> Goal:
    return Goal(f"monitoring_{figure}", figure, TANDEM, EVIDENTLY, most=1.0)


def _measure_tandem(folder: Path, data: Path) -> Figures:
    """Run both jobs. Raises BenchmarkFailed when one fails, or drift is not the planted one."""
    baseline, used = _run_job(folder / REFERENCE, data / f"{REFERENCE}.csv", {})
    names = ("constraints", "statistics")
    files = {f"baseline_{name}": str(baseline / f"{name}.json") for name in names}
    output, execution = _run_job(folder / CURRENT, data / f"{CURRENT}.csv", files)
    found = json.loads((output / "constraint_violations.json").read_bytes())["violations"]
    kind = "baseline_drift_check"
    drifted = [each["feature_name"] for each in found if each["constraint_check_type"] == kind]
    return {
        **{name: used[name] + execution[name] for name in ("seconds", "cpu_seconds")},
        "peak_mb": max(used["peak_mb"], execution["peak_mb"]),
        "execution_seconds": execution["seconds"],
        "execution_cpu_seconds": execution["cpu_seconds"],
        "drifted": _check_drift(TANDEM, drifted),
    }


def _run_job(root: Path, file: Path, more: dict[str, str]) -> tuple[Path, Figures]:
    """Return the output folder of a job of the analyzer's program, and what it used."""
    shutil.rmtree(root, ignore_errors=True)
    source = root / "processing" / "input" / "data"
    source.mkdir(parents=True)
    (source / file.name).symlink_to(file)
    output = root / "processing" / "output"
    variables = {
        "SAGEMAKER_BASE_DIR": str(root),
        "dataset_source": str(source),
        "dataset_format": '{"csv": {"header": true}}',
        "output_path": str(output),
        **more,
    }
    return output, measure_program([Path(sys.executable).parent / "tandem-analyzer"], variables)


def _measure_evidently(python: Path, data: Path) -> Figures:
    """Run the report. Raises BenchmarkFailed when it fails or misses the planted drift."""
    output = data / "evidently.json"
    files = (*(data / f"{name}.csv" for name in (REFERENCE, CURRENT)), output)
    # Without the variable it looks for its maker's server.
    used = measure_program([python, evidently_report.__file__, *files], {"DO_NOT_TRACK": "1"})
    metrics = json.loads(output.read_bytes())["metrics"]
    drifted = [
        each["config"]["column"]
        for each in metrics
        if each["config"]["type"] == _DRIFT and each["value"] > each["config"]["threshold"]
    ]
    return {**used, "drifted": _check_drift(EVIDENTLY, drifted)}


def _check_drift(name: str, drifted: list[str]) -> int:
    if SHIFTED not in drifted:
        raise BenchmarkFailed(f"{name} misses the drift of {SHIFTED}, and finds {drifted}")
    return len(drifted)


BENCHMARK = Benchmark(
    "monitoring",
    "a million rows analyzed against a baseline, beside Evidently",
    _prepare,
    slow=True,
)
