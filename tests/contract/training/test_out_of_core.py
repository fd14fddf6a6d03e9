"""A set of three times a container's memory trains in it, by files."""

from __future__ import annotations

import json
from pathlib import Path

import docker
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb

from local_test.engines.docker_engine.client import find_container_user
from local_test.engines.image_names import to_image_reference
from tests.conftest import docker_engine

pytestmark = pytest.mark.docker

LIMIT = 140 * 2**20
FILES, ROWS, WIDTH = 5, 73_500, 300
SETTINGS = {"num_round": "2", "max_depth": "3", "max_bin": "16"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole numbers below 40, the label the sum of the first two: 441 MB as float32."""
    assert FILES * ROWS * WIDTH * 4 > 3 * LIMIT
    folder = tmp_path_factory.mktemp("large")
    values = np.random.default_rng(0).integers(0, 40, size=(WIDTH, ROWS)).astype(np.float32)
    names = ["y", *(f"f{place}" for place in range(WIDTH))]
    table = pa.table([values[0] + values[1], *values], names=names)
    pq.write_table(table, folder / "0.parquet", row_group_size=10_000)
    for number in range(1, FILES):
        (folder / f"{number}.parquet").hardlink_to(folder / "0.parquet")
    return folder


def test_three_times_the_memory_trains_by_files(
    docker_client: docker.DockerClient, data: Path, tmp_path: Path
) -> None:
    docker_engine()
    root = job(tmp_path, SETTINGS)
    made = docker_client.containers.run(
        to_image_reference("xgboost"),
        "train",
        detach=True,
        mem_limit=LIMIT,
        memswap_limit=LIMIT,
        network_mode="none",
        user=find_container_user(docker_client),
        volumes={
            str(root): {"bind": "/opt/ml", "mode": "rw,z"},
            str(data): {"bind": "/opt/ml/input/data/train", "mode": "ro,z"},
        },
    )
    try:
        code = made.wait(timeout=900)["StatusCode"]
        told = made.logs().decode()
    finally:
        made.remove(force=True, v=True)
    assert code == 0, told[-2000:]
    assert "INFO training out of core: " in told
    model = xgb.Booster()
    model.load_model(bytearray((root / "model" / "xgboost-model").read_bytes()))
    assert model.num_boosted_rounds() == 2
    assert set(model.get_score()) == {"f0", "f1"}


def job(root: Path, hyperparameters: dict[str, str]) -> Path:
    """Write what the platform would."""
    channel = {"ContentType": "application/x-parquet", "TrainingInputMode": "File"}
    for folder in ("input/config", "input/data/train", "model", "output"):
        (root / folder).mkdir(parents=True)
    files = {"hyperparameters": hyperparameters, "inputdataconfig": {"train": channel}}
    for name, content in files.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    return root
