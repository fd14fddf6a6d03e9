"""The models and rows that all servers share: trained once, by the images' own programs.

A transform of 10 numbers with gaps and 4 categories to 40 features, and a booster of 200 trees of
depth 6 on those 40. scikit-learn's transform is fitted to the same rows.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow.parquet
import xgboost as xgb

from benchmarks.baselines.plain.app import fit_transformer
from benchmarks.harness.process_usage import BenchmarkFailed
from local_test import jobs
from local_test.endpoints import Stage
from local_test.endpoints.model_directory import install_model
from local_test.engines import Engine, discard_line, select_engine
from local_test.jobs import Channel, TrainingJob, TransformJob

MANY = 1000
NUMBERS = [f"n{place}" for place in range(10)]
WORDS = {"c0": 9, "c1": 4, "c2": 6, "c3": 11}
FEATURES, TREES, DEPTH = 40, 200, 6
_ROWS, _GAPS = 20_000, 0.05
_PARQUET = "application/x-parquet"


@dataclass(frozen=True)
class Workload:
    """Where the models are, and bodies in CSV by image and number of rows."""

    folder: Path
    bodies: Mapping[str, Mapping[int, bytes]]

    @property
    def models(self) -> Mapping[str, Path]:
        """Tandem's model folders by image."""
        return {image: self.folder / image / "model" for image in self.bodies}

    @property
    def booster(self) -> Path:
        """The booster's file, which the peers load as well."""
        return self.folder / "peers" / "booster.ubj"

    @property
    def transformer(self) -> Path:
        """scikit-learn's transform, as joblib writes it."""
        return self.folder / "peers" / "transform.joblib"


def prepare_workload(folder: Path) -> Workload:
    """Return the workload in a folder, made where it is missing."""
    raw = make_records()
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _make(folder, raw, select_engine("process"))
        (folder / "complete").touch()
    table = pyarrow.parquet.read_table(folder / "features" / "raw.csv.out")
    features = table.to_pandas().drop(columns="y")
    if features.shape[1] != FEATURES:
        raise BenchmarkFailed(f"the transform gives {features.shape[1]} features, not {FEATURES}")
    return Workload(
        folder,
        {
            "transform": {size: _csv(raw.drop(columns="y")[:size]) for size in (1, MANY)},
            "xgboost": {size: _csv(features[:size]) for size in (1, MANY)},
        },
    )


def make_records() -> pd.DataFrame:
    """Make the raw records, label `y` last."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(_ROWS, len(NUMBERS))).round(6)
    label = numbers[:, 0] * numbers[:, 1] + numbers[:, 2:5].sum(axis=1)
    numbers[generator.random(numbers.shape) < _GAPS] = np.nan
    frame = pd.DataFrame(numbers, columns=NUMBERS)
    for name, size in WORDS.items():
        codes = generator.integers(size, size=_ROWS)
        frame[name] = [f"word{code}" for code in codes]
        label += codes / size
    frame["y"] = label.round(6)
    return frame


def _make(folder: Path, raw: pd.DataFrame, engine: Engine) -> None:
    source = folder / "raw.csv"
    raw.to_csv(source, index=False)
    asked = {
        "target": "y",
        "columns": json.dumps({name: {"scale": "standard"} for name in NUMBERS}),
    }
    _train(
        TrainingJob("preprocessor", [Channel("train", source, "text/csv")], asked),
        "transform",
        folder,
        engine,
    )
    stages = [Stage("preprocessor", folder / "transform" / "model.tar.gz")]
    batch = TransformJob(stages, source, "text/csv", _PARQUET)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    features = Channel("train", folder / "features" / "raw.csv.out", _PARQUET)
    wanted = {"num_round": str(TREES), "max_depth": str(DEPTH)}
    _train(TrainingJob("xgboost", [features], wanted), "xgboost", folder, engine)
    peers = folder / "peers"
    peers.mkdir()
    booster = xgb.Booster(
        model_file=bytearray((folder / "xgboost" / "model" / "xgboost-model").read_bytes())
    )
    booster.feature_names = None  # the peers read CSV and JSON without names
    booster.save_model(peers / "booster.ubj")
    joblib.dump(fit_transformer(raw.drop(columns="y"), list(WORDS)), peers / "transform.joblib")


def _train(job: TrainingJob, name: str, folder: Path, engine: Engine) -> None:
    jobs.train(job, folder / name, engine, logs=discard_line).raise_for_status()
    install_model(folder / name / "model.tar.gz", folder / name / "model")


def _csv(frame: pd.DataFrame) -> bytes:
    text = io.StringIO()
    frame.to_csv(text, header=False, index=False)
    return text.getvalue().encode()
