"""Training that begins with a model: more rounds on top of it, or its trees updated."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import xgboost as xgb

from booster.model import booster_io
from booster.training import train
from tandem.contract.training_job import Channel, Job
from tandem.errors import UserError
from tests.archives import make_entry, make_sparse, write_tar_gz
from tests.booster.training_jobs import make_features, prepare_job, train_job


def following(
    root: Path,
    model_dir: Path,
    texts: dict[str, str],
    *,
    packed: bool = False,
    kind: str = "number",
) -> Job:
    job = prepare_job(root, kind, texts)
    folder = root / "given"
    folder.mkdir()
    if packed:
        with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
            archive.add(model_dir / "xgboost-model", "./xgboost-model")
    else:
        (folder / "xgboost-model").write_bytes((model_dir / "xgboost-model").read_bytes())
    return replace(job, channels={**job.channels, "model": Channel("model", folder)})


def archived(root: Path, channel: str, content: bytes) -> Job:
    """Give a job with a channel that holds this model.tar.gz; archives may have 1 MB."""
    job = prepare_job(root, "number", {"num_round": "1"})
    folder = root / "given"
    folder.mkdir()
    (folder / "model.tar.gz").write_bytes(content)
    channels = {**job.channels, channel: Channel(channel, folder)}
    return replace(job, channels=channels, unpacked_limit=1 << 20)


@pytest.mark.parametrize("channel", ["model", "features"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (write_tar_gz(make_entry("xgboost-model", bytes(2 << 20))), "unpacks to more than 1 MB"),
        (write_tar_gz(make_sparse(1 << 40)), "unpacks to more than 1 MB"),
        (
            write_tar_gz(make_entry("xgboost-model", bytes(range(256)) * 99))[:-9],
            "cannot be unpacked",
        ),
        (write_tar_gz(make_entry("other", b"1")), "holds no file '(xgboost-model|features.json)'"),
    ],
    ids=["bomb", "hole", "cut", "other"],
)
def test_a_channels_archive_is_read_within_the_limit(
    channel: str, content: bytes, says: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"given/model\.tar\.gz: {says}"):
        train(archived(tmp_path, channel, content))


def test_the_limit_is_a_setting_and_the_refusal_the_jobs_reason(tmp_path: Path) -> None:
    root = tmp_path / "ml"
    for folder in ("input/config", "input/data/train", "input/data/model"):
        (root / folder).mkdir(parents=True)
    (root / "input/config/hyperparameters.json").write_text('{"num_round": "1"}')
    (root / "input/config/inputdataconfig.json").write_text('{"train": {}, "model": {}}')
    (root / "input/data/train/a.csv").write_text("1,2\n2,3\n")
    bomb = write_tar_gz(make_entry("xgboost-model", bytes(4 << 20)))
    (root / "input/data/model/model.tar.gz").write_bytes(bomb)
    program = (
        "import sys; from booster.algorithm import ALGORITHM; from tandem.cli import run;"
        " sys.exit(run(ALGORITHM, ['train']))"
    )
    surroundings = {"SAGEMAKER_BASE_DIR": str(root), "TANDEM_MAX_UNPACKED_MB": "3"}
    ended = subprocess.run([sys.executable, "-c", program], env=surroundings, check=False)
    assert ended.returncode == 1
    assert (root / "output/failure").read_text() == (
        f"UserError: {root}/input/data/model/model.tar.gz: unpacks to more than 3 MB."
        " Set TANDEM_MAX_UNPACKED_MB to the size it has, if you trust it."
    )


@pytest.mark.parametrize("packed", [True, False])
def test_rounds_are_added_to_a_given_model(tmp_path: Path, *, packed: bool) -> None:
    whole = train_job(tmp_path / "whole", "number", {"num_round": "8"})
    train_job(tmp_path / "first", "number", {"num_round": "5"})
    job = following(tmp_path / "more", tmp_path / "first/model", {"num_round": "3"}, packed=packed)
    train(job)
    more = booster_io.load(job.model_dir)
    assert more.num_boosted_rounds() == 8
    values = xgb.DMatrix(make_features())
    assert more.predict(values).tolist() == whole.predict(values).tolist()


def test_leaves_are_refreshed_and_splits_stay(tmp_path: Path) -> None:
    before = train_job(tmp_path / "first", "number", {"num_round": "4"})
    texts = {"num_round": "4", "process_type": "update", "updater": "refresh", "lambda": "50"}
    job = following(tmp_path / "next", tmp_path / "first/model", texts)
    train(job)
    after = booster_io.load(job.model_dir)
    split = ["Tree", "Node", "Feature", "Split"]
    first, second = before.trees_to_dataframe(), after.trees_to_dataframe()
    assert first[split].equals(second[split])
    leaves = first["Feature"] == "Leaf"
    assert second["Gain"][leaves].abs().sum() < first["Gain"][leaves].abs().sum() / 2


def test_updating_needs_a_model_and_a_model_must_fit(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'process_type' is update, and needs a channel 'model'"):
        train_job(tmp_path / "a", "number", {"process_type": "update", "updater": "refresh"})
    narrow = xgb.train({}, xgb.DMatrix([[1.0], [2.0]], [1.0, 2.0]), 1)
    booster_io.save(narrow, tmp_path)
    job = following(tmp_path / "b", tmp_path, {})
    with pytest.raises(UserError, match="channel 'model' has 1 features, and the training chan"):
        train(job)


def test_cross_validation_takes_no_given_model(tmp_path: Path) -> None:
    train_job(tmp_path / "first", "number", {})
    job = following(tmp_path / "folds", tmp_path / "first/model", {"_kfold": "3"})
    with pytest.raises(UserError, match="'_kfold' trains models of its own; it takes no given"):
        train(job)
