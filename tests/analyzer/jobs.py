"""Jobs of Model Monitor, run in this process: a folder stands for /opt/ml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analyzer.contract.monitor_job import MonitorJob, read_monitor_job
from analyzer.data_quality.analysis import run_analysis
from analyzer.dataset.job_engine import OneHost
from tandem.contract.paths import Paths

INPUT = "/opt/ml/processing/input"
CSV = '{"csv": {"header": true}}'
CAPTURE = '{"sagemakerCaptureJson": {}}'


@dataclass(frozen=True)
class Place:
    """A folder for one job."""

    root: Path

    def write(self, name: str, text: str) -> None:
        path = self.root / "processing/input/data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def make_job(
        self, form: str, more: Mapping[str, str], baseline: Path | None = None
    ) -> MonitorJob:
        variables = {
            "dataset_source": f"{INPUT}/data",
            "dataset_format": form,
            "output_path": "/opt/ml/processing/output",
            **more,
        }
        if baseline is not None:
            variables["baseline_constraints"] = str(baseline / "constraints.json")
            variables["baseline_statistics"] = str(baseline / "statistics.json")
        return read_monitor_job(variables, Paths(self.root))

    def run(
        self,
        form: str = CSV,
        more: Mapping[str, str] | None = None,
        baseline: Path | None = None,
    ) -> str:
        job = self.make_job(form, more or {}, baseline)
        return run_analysis(job, OneHost(job))

    @property
    def output(self) -> Path:
        return self.root / "processing/output"

    def read(self, name: str) -> Any:
        return json.loads((self.output / name).read_text())

    def list_violations(self) -> list[tuple[str, str]]:
        found = self.read("constraint_violations.json")["violations"]
        return [(each["feature_name"], each["constraint_check_type"]) for each in found]


def make_table(seed: int, rows: int) -> dict[str, list[str]]:
    """Return columns of every type: whole numbers, fractions, categories, and a missing share."""
    random = np.random.default_rng(seed)
    gaps = random.random(rows) < 0.1
    amounts = random.gamma(2.0, 50.0, rows)
    return {
        "age": [str(each) for each in random.integers(18, 90, rows)],
        "amount": [f"{each:.4f}" for each in amounts],
        "balance": [f"{each:.3f}" for each in random.normal(0, 10, rows)],
        "gapped": ["" if gap else f"{each:.2f}" for gap, each in zip(gaps, amounts, strict=True)],
        "state": random.choice(["OH", "NY", "CA"], rows, p=[0.5, 0.3, 0.2]).tolist(),
    }


def to_csv(table: dict[str, list[str]]) -> str:
    rows = zip(*table.values(), strict=True)
    return "".join(",".join(row) + "\n" for row in [tuple(table), *rows])
