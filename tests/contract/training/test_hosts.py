"""Two hosts train one model, on each engine."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_test import jobs
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob
from local_test.platform.job_status import JobStatus

ROWS = np.random.default_rng(2).integers(0, 60, size=(500, 3))
LABEL = ROWS @ np.array([2.0, -1.0, 0.5])


def predictions(engine: Engine, folder: Path, output: Path, hosts: int) -> np.ndarray:
    spread = Channel("train", folder, "text/csv", distribution="ShardedByS3Key")
    job = TrainingJob("xgboost", [spread], {"num_round": "6"}, instance_count=hosts)
    result = jobs.train(job, output, engine, logs=discard_line)
    assert (result.status, result.diagnosis) == (JobStatus.COMPLETED, "")
    model = xgb.Booster()
    with tarfile.open(output / "model.tar.gz") as archive:
        assert archive.getnames() == ["xgboost-model"]
        stream = archive.extractfile("xgboost-model")
        assert stream is not None
        with stream:
            model.load_model(bytearray(stream.read()))
    return model.predict(xgb.DMatrix(ROWS))


def test_two_hosts_with_uneven_shards_give_the_model_of_one(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, rows in {"a": slice(0, 100), "b": slice(100, 500)}.items():
        table = np.column_stack([LABEL[rows], ROWS[rows]])
        np.savetxt(tmp_path / "data" / f"{name}.csv", table, delimiter=",", fmt="%g")
    alone = predictions(engine, tmp_path / "data", tmp_path / "one", 1)
    together = predictions(engine, tmp_path / "data", tmp_path / "two", 2)
    assert together == pytest.approx(alone, rel=1e-4)


def transform(engine: Engine, folder: Path, output: Path, hosts: int) -> dict[str, bytes]:
    spread = Channel("train", folder, "text/csv", distribution="ShardedByS3Key")
    job = TrainingJob("preprocessor", [spread], {"target": "price"}, instance_count=hosts)
    result = jobs.train(job, output, engine, logs=discard_line)
    assert (result.status, result.diagnosis) == (JobStatus.COMPLETED, "")
    with tarfile.open(output / "model.tar.gz") as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive.getmembers()]
        return {name: stream.read() for name, stream in files if stream is not None}


@pytest.mark.usefixtures("images_alone")
def test_three_hosts_one_without_rows_fit_the_transform_of_one(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    lines = [f"{x},{'ABC'[x % 3]},{'' if z % 5 else z},{y}" for (x, y, z) in ROWS.tolist()]
    for name, rows in {"a": slice(0, 30), "b": slice(30, 500)}.items():
        text = "\n".join(["x,zone,z,price", *lines[rows]])
        (tmp_path / "data" / f"{name}.csv").write_text(f"{text}\n")
    alone = transform(engine, tmp_path / "data", tmp_path / "one", 1)
    assert transform(engine, tmp_path / "data", tmp_path / "three", 3) == alone
    assert "recipe.json" in alone
