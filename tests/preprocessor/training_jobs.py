"""Training jobs of the preprocessor image that run in this process, and houses to run them on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from preprocessor.hyperparameters import SCHEMA
from preprocessor.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job


def make_houses(rows: int = 60) -> pd.DataFrame:
    """Give houses as a raw file holds them, every cell a text; the same every time."""
    generator = np.random.default_rng(0)
    size = generator.integers(50, 300, rows)
    zone = generator.choice(["RL", "RM", "C (all)"], rows, p=[0.7, 0.2, 0.1])
    frontage = generator.normal(70, 20, rows).round(1).astype(str)
    frontage[::7] = "NA"
    pool = np.where(np.arange(rows) % 6, "NA", "Gd")
    price = size * 1000 * np.where(zone == "RL", 1.2, 0.9) + generator.normal(0, 9000, rows)
    return pd.DataFrame(
        {
            "Id": np.arange(1, rows + 1).astype(str),
            "Size": size.astype(str),
            "Slope": generator.normal(0, 1, rows).round(3).astype(str),
            "Zone": zone,
            "LotFrontage": frontage,
            "PoolQC": pool,
            "Agent": [f"agent-{n}@example.com" for n in range(rows)],
            "Ghost": "",
            "SalePrice": price.round(0).astype(int).astype(str),
        }
    )


def prepare_job(root: Path, table: pd.DataFrame, hyperparameters: Mapping[str, str]) -> Job:
    """Write a job whose training channel is one CSV file."""
    paths = Paths(root)
    (paths.data / "train").mkdir(parents=True)
    paths.model.mkdir()
    table.to_csv(paths.data / "train" / "data.csv", index=False)
    values = resolve_hyperparameters(SCHEMA, hyperparameters)
    channels = {"train": Channel("train", paths.data / "train")}
    return Job(values, channels, paths, stop=Stop())


def train_job(root: Path, table: pd.DataFrame, hyperparameters: Mapping[str, str]) -> Paths:
    """Run a job and give its folders."""
    job = prepare_job(root, table, hyperparameters)
    train(job)
    return job.paths
