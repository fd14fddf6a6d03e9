"""Ten million rows of 30 columns by the analyzer's data quality, in a container of 1 GiB.

The limit is the proof: beyond it the kernel ends the process, and the run fails.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.limited_container import measure_in_container
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.monitoring.workload import write_file

_ROWS, _LIMIT = 10_000_000, 2**30
_FORMS = {"csv": '{"csv": {"header": true}}', "parquet": '{"parquet": {}}'}
_DATA, _OUTPUT = "/opt/ml/processing/input/data", "/opt/ml/processing/output"


def _prepare(folder: Path) -> Plan:
    rows = int(os.environ.get("TANDEM_MONITORED_ROWS", _ROWS))
    for form in _FORMS:
        path = folder / str(rows) / form / f"rows.{form}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            write_file(part, 0, rows, form)
            part.rename(path)
    candidates = [Candidate(form, partial(_measure, folder, rows, form)) for form in _FORMS]
    goals = [
        Goal(f"monitoring_memory_{form}", "peak_mb", form, most=_LIMIT / 2**20) for form in _FORMS
    ]
    about = {"rows": rows, "limit_mb": _LIMIT / 2**20}
    return Plan(candidates, goals, rounds=1, about=about)


def _measure(folder: Path, rows: int, form: str) -> Figures:
    """Run a baseline job. Raises BenchmarkFailed when it fails or writes no statistics."""
    root = folder / "job"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    used = measure_in_container(
        "analyzer",
        ["tandem-analyzer"],
        {root: "/opt/ml", folder / str(rows) / form: _DATA},
        {"dataset_source": _DATA, "dataset_format": _FORMS[form], "output_path": _OUTPUT},
        _LIMIT,
    )
    if not (root / "processing" / "output" / "statistics.json").is_file():
        raise BenchmarkFailed(f"the job of {form} wrote no statistics")
    return used


BENCHMARK = Benchmark(
    "monitoring_memory",
    "ten million rows analyzed in a container of 1 GiB, as CSV and as Parquet",
    _prepare,
    slow=True,
)
