"""Stories of a multi-model endpoint with real models, on each engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_test.endpoints import Answer, Endpoint, Stage
from local_test.endpoints.shelf import opaque_name
from local_test.engines import Engine
from local_test.platform.archives import pack

TARGET = "X-Amzn-SageMaker-Target-Model"
ROWS = np.random.default_rng(3).normal(size=(300, 4)).astype(np.float32)
BODY = "".join(",".join(map(str, row)) + "\n" for row in ROWS[:20].tolist()).encode()
MEGABYTE = 1 << 20
# What the server takes by itself, and room for two of the three loads below.
NEEDED_MB = 300


@pytest.fixture(scope="module")
def boosters() -> dict[str, xgb.Booster]:
    """Give three models whose answers differ."""
    labels = {name: ROWS @ np.eye(4)[column] for column, name in enumerate(("a", "b", "c"))}
    return {
        name: xgb.train({"max_depth": 4}, xgb.DMatrix(ROWS, label), 20)
        for name, label in labels.items()
    }


@pytest.fixture(scope="module")
def folder(boosters: dict[str, xgb.Booster], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an archive of each model."""
    folder = tmp_path_factory.mktemp("archives")
    for name, booster in boosters.items():
        model = tmp_path_factory.mktemp(name)
        (model / "xgboost-model").write_bytes(bytes(booster.save_raw("ubj")))
        pack(model, folder / f"{name}.tar.gz")
    return folder


def expected(booster: xgb.Booster) -> list[float]:
    return [float(value) for value in booster.predict(xgb.DMatrix(ROWS[:20]))]


def values(answer: Answer) -> list[float]:
    assert answer.status == 200, answer.error
    return [float(np.float32(line)) for line in answer.body.split()]


def ask(endpoint: Endpoint, name: str) -> Answer:
    return endpoint.invoke(BODY, "text/csv", "text/csv", {TARGET: f"{name}.tar.gz"})
