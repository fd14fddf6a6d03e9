"""A set of three times a container's memory trains in it, and only by files."""

from __future__ import annotations

import json
from pathlib import Path

import docker
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb

from local_test.engines.docker_client import container_user
from local_test.engines.images import image_reference
from tests.conftest import docker_engine

pytestmark = pytest.mark.docker

LIMIT = 160 * 2**20
FILES, ROWS, WIDTH = 6, 70_000, 300
SETTINGS = {"num_round": "2", "max_depth": "3", "max_bin": "16"}
KILLED = 137


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole numbers below 40, the label the sum of the first two: 504 MB as float32."""
    assert FILES * ROWS * WIDTH * 4 > 3 * LIMIT
    folder = tmp_path_factory.mktemp("large")
    block = np.random.default_rng(0).integers(0, 40, size=(ROWS, WIDTH)).astype(np.float32)
    names = ["y", *(f"f{place}" for place in range(WIDTH))]
    for number in range(FILES):
        columns = np.ascontiguousarray(np.roll(block, number, axis=1).T)
        table = pa.table([columns[0] + columns[1], *columns], names=names)
        pq.write_table(table, folder / f"{number}.parquet", row_group_size=10_000)
    return folder


@pytest.mark.parametrize(("files", "code"), [("auto", 0), ("false", KILLED)])
def test_three_times_the_memory_trains_by_files_alone(
    docker_client: docker.DockerClient, data: Path, tmp_path: Path, files: str, code: int
) -> None:
    docker_engine()
    root = job(tmp_path, {**SETTINGS, "external_memory": files})
    made = docker_client.containers.run(
        image_reference("xgboost"),
        "train",
        detach=True,
        mem_limit=LIMIT,
        memswap_limit=LIMIT,
        network_mode="none",
        user=container_user(docker_client),
        volumes={
            str(root): {"bind": "/opt/ml", "mode": "rw,z"},
            str(data): {"bind": "/opt/ml/input/data/train", "mode": "ro,z"},
        },
    )
    try:
        assert made.wait(timeout=900)["StatusCode"] == code, made.logs().decode()[-2000:]
    finally:
        made.remove(force=True, v=True)
    if code:
        assert list((root / "model").iterdir()) == []
        return
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
