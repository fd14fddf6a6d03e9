"""Clarify jobs in a folder that stands for /opt/ml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyzer.clarify.analysis import run_analysis
from analyzer.clarify.clarify_job import read_clarify_job
from analyzer.dataset.job_engine import OneHost
from tandem.contract.paths import Paths


def make_loans(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    """Make loans whose approval depends on income and, unfairly, on sex."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], rows)
    income = rng.normal(50, 12, rows).round(1)
    score = income + 12 * (sex == "m") + rng.normal(0, 6, rows)
    columns = {
        "approved": (score > 56).astype(int),
        "sex": sex,
        "income": income,
        "region": rng.integers(0, 3, rows),
        "age": rng.integers(18, 80, rows),
    }
    return pd.DataFrame(columns)


def make_config(**changed: Any) -> dict[str, Any]:
    """Make a configuration of bias metrics before training."""
    return {
        "dataset_type": "text/csv",
        "headers": list(make_loans(1).columns),
        "label": "approved",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "sex", "value_or_threshold": ["f"]}],
        "group_variable": "region",
        "methods": {"pre_training_bias": {"methods": "all"}, "report": {"name": "report"}},
        **changed,
    }


def run_clarify(root: Path, config: Any, files: dict[str, str | bytes]) -> Any:
    """Run a job on files of the data set. Return the content of `analysis.json`."""
    inputs = root / "processing" / "input"
    (inputs / "config").mkdir(parents=True)
    (inputs / "data").mkdir()
    path = inputs / "config" / "analysis_config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (inputs / "data" / name).write_bytes(data)
    message = run_job(path, root, {})
    assert message == "Completed: Job completed successfully."
    return json.loads((root / "processing" / "output" / "analysis.json").read_text())


def run_job(config: Path, root: Path, variables: Mapping[str, str]) -> str:
    """Run the job of a configuration on one host. Return its message."""
    job = read_clarify_job(config, Paths(root), variables)
    return run_analysis(job, OneHost(job))


def run_loans(root: Path, config: Any) -> Any:
    """Run a job on loans as CSV without a header."""
    return run_clarify(root, config, {"loans.csv": make_loans().to_csv(index=False, header=False)})
