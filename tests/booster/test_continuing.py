"""Training that begins with a model: more rounds on top of it, or its trees updated."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import xgboost as xgb

from booster import continuing
from booster.training import train
from tandem.errors import UserError
from tandem.job import Channel, Job
from tests.booster.training_jobs import features, prepared, trained


def following(
    root: Path,
    model_dir: Path,
    texts: dict[str, str],
    *,
    packed: bool = False,
    kind: str = "number",
) -> Job:
    job = prepared(root, kind, texts)
    folder = root / "given"
    folder.mkdir()
    if packed:
        with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
            archive.add(model_dir / "xgboost-model", "./xgboost-model")
    else:
        (folder / "xgboost-model").write_bytes((model_dir / "xgboost-model").read_bytes())
    return replace(job, channels={**job.channels, "model": Channel("model", folder)})


@pytest.mark.parametrize("packed", [True, False])
def test_rounds_are_added_to_a_given_model(tmp_path: Path, *, packed: bool) -> None:
    whole = trained(tmp_path / "whole", "number", {"num_round": "8"})
    trained(tmp_path / "first", "number", {"num_round": "5"})
    job = following(tmp_path / "more", tmp_path / "first/model", {"num_round": "3"}, packed=packed)
    train(job)
    more = continuing.load(job.model_dir)
    assert more.num_boosted_rounds() == 8
    values = xgb.DMatrix(features())
    assert more.predict(values).tolist() == whole.predict(values).tolist()


def test_leaves_are_refreshed_and_splits_stay(tmp_path: Path) -> None:
    before = trained(tmp_path / "first", "number", {"num_round": "4"})
    texts = {"num_round": "4", "process_type": "update", "updater": "refresh", "lambda": "50"}
    job = following(tmp_path / "next", tmp_path / "first/model", texts)
    train(job)
    after = continuing.load(job.model_dir)
    split = ["Tree", "Node", "Feature", "Split"]
    first, second = before.trees_to_dataframe(), after.trees_to_dataframe()
    assert first[split].equals(second[split])
    leaves = first["Feature"] == "Leaf"
    assert second["Gain"][leaves].abs().sum() < first["Gain"][leaves].abs().sum() / 2


def test_updating_needs_a_model_and_a_model_must_fit(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'process_type' is update, and needs a channel 'model'"):
        trained(tmp_path / "a", "number", {"process_type": "update", "updater": "refresh"})
    narrow = xgb.train({}, xgb.DMatrix([[1.0], [2.0]], [1.0, 2.0]), 1)
    continuing.save(narrow, tmp_path)
    job = following(tmp_path / "b", tmp_path, {})
    with pytest.raises(UserError, match="channel 'model' has 1 features, and the training chan"):
        train(job)


def test_cross_validation_takes_no_given_model(tmp_path: Path) -> None:
    trained(tmp_path / "first", "number", {})
    job = following(tmp_path / "folds", tmp_path / "first/model", {"_kfold": "3"})
    with pytest.raises(UserError, match="'_kfold' trains models of its own; it takes no given"):
        train(job)
