"""Training jobs of the xgboost image that run in this process, on a small data set of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job

ROWS = 240
Floats = NDArray[np.float64]


def make_features() -> Floats:
    """Six columns, one value in twenty missing; the same every time."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(ROWS, 6)).round(3)
    values[generator.random(values.shape) < 0.05] = np.nan
    return values


def make_labels(kind: str) -> Floats:
    """Labels that hang on the features: number, positive, share, binary, class, count or time."""
    known: Floats = np.nan_to_num(make_features())
    score = 2 * known[:, 0] + known[:, 1] - known[:, 2] * known[:, 3]
    found: dict[str, NDArray[np.floating[Any]]] = {
        "number": score,
        "positive": np.exp(score / 3),
        "share": 1 / (1 + np.exp(-score)),
        "binary": (score > 0) * 1.0,
        "class": np.digitize(score, [-1, 1]) * 1.0,
        "count": np.floor(np.exp(score / 4)),
        "time": np.exp(score / 3) * np.where(np.arange(ROWS) % 5, 1, -1),
    }
    return np.asarray(found[kind], dtype=np.float64).round(4)


def write_channel(path: Path, label: Floats, rows: slice = slice(None)) -> Channel:
    """Write a channel of label-first CSV."""
    path.mkdir(parents=True)
    table = np.column_stack([label, make_features()])[rows]
    lines = [",".join("" if np.isnan(v) else repr(float(v)) for v in row) for row in table]
    (path / "data.csv").write_text("\n".join(lines) + "\n")
    return Channel(path.name, path)


def prepare_job(root: Path, kind: str, hyperparameters: Mapping[str, str]) -> Job:
    """Write a job: 160 rows to train on, 80 to validate."""
    paths = Paths(root)
    label = make_labels(kind)
    channels = {
        "train": write_channel(paths.data / "train", label, slice(160)),
        "validation": write_channel(paths.data / "validation", label, slice(160, None)),
    }
    paths.model.mkdir()
    values = resolve_hyperparameters(SCHEMA, {"num_round": "5", "nthread": "2", **hyperparameters})
    return Job(values, channels, paths, stop=Stop())


def train_job(root: Path, kind: str, hyperparameters: Mapping[str, str]) -> xgb.Booster:
    """Run a job and load its model."""
    job = prepare_job(root, kind, hyperparameters)
    train(job)
    return booster_io.load(job.model_dir)
