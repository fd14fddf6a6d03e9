"""Kill a training at any round and start it again: the same trees."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booster.data.dataset import Dataset
from booster.data.features import InMemoryFeatures
from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import TrainingConfig, resolve_config
from booster.predict.dataset_predictions import predict_rows
from booster.report import figures
from booster.rounds.boosting import Boosting, TrainingState
from booster.rounds.checkpoints import Checkpoints, JobIdentity
from booster.rounds.training_matrices import build_matrices
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.errors import Stopped, UserError
from tests.booster.training_jobs import make_features, make_labels, prepare_job

ROUNDS = 14
KEPT = {
    "objective": "multi:softprob",
    "num_class": "3",
    "early_stopping_rounds": "6",
    "_kept_metric": "merror",
}
JOBS: dict[str, dict[str, str]] = {
    "plain": {},
    "rows": {"subsample": "0.5"},
    "gradient": {"subsample": "0.5", "sampling_method": "gradient_based"},
    "columns": {
        "colsample_bytree": "0.7",
        "colsample_bylevel": "0.7",
        "colsample_bynode": "0.7",
        "subsample": "0.8",
    },
    "forest": {"num_parallel_tree": "3", "subsample": "0.5", "colsample_bynode": "0.5"},
    "leaves": {"grow_policy": "lossguide", "max_leaves": "7", "colsample_bynode": "0.5"},
    "dart": {"booster": "dart", "rate_drop": "0.3", "skip_drop": "0.2", "subsample": "0.6"},
    "weighted dart": {"booster": "dart", "rate_drop": "0.4", "sample_type": "weighted"},
    "linear": {"booster": "gblinear"},
    "random linear": {"booster": "gblinear", "feature_selector": "random"},
    "exact": {"tree_method": "exact", "subsample": "0.6", "colsample_bytree": "0.5"},
    "approx": {"tree_method": "approx", "subsample": "0.6", "colsample_bytree": "0.5"},
    "approx, no constant curvature": {
        "tree_method": "approx",
        "subsample": "0.6",
        "objective": "reg:pseudohubererror",
    },
    "absolute": {"objective": "reg:absoluteerror", "subsample": "0.7"},
    "classes": {"objective": "multi:softprob", "num_class": "3", "subsample": "0.6"},
    "whole vectors": {
        "objective": "multi:softprob",
        "num_class": "3",
        "multi_strategy": "multi_output_tree",
        "colsample_bynode": "0.6",
    },
    "stopping": {"early_stopping_rounds": "2", "eta": "0.9", "subsample": "0.6"},
    "stopping dart": {
        "booster": "dart",
        "rate_drop": "0.3",
        "early_stopping_rounds": "2",
        "eta": "0.9",
    },
    "stopping linear": {"booster": "gblinear", "early_stopping_rounds": "2"},
    "own metric": {"eval_metric": "rmse,r2", "early_stopping_rounds": "2", "eta": "0.9"},
    "kept metric": {**KEPT, "eta": "0.7", "max_depth": "2"},
    "kept metric of dart": {
        **KEPT,
        "booster": "dart",
        "rate_drop": "0.3",
        "eta": "0.9",
        "subsample": "0.6",
    },
}


class Killed(Exception):
    """Stands for SIGKILL: nothing of the program's runs after it."""


def job(name: str) -> tuple[TrainingConfig, dict[str, Dataset]]:
    label = make_labels("class" if "num_class" in JOBS[name] else "number").astype("float32")
    values = make_features().astype("float32")
    texts = {"num_round": str(ROUNDS), "nthread": "2", "seed": "3", **JOBS[name]}
    sets = {
        "train": Dataset(InMemoryFeatures(values[:160]), label[:160], None),
        "validation": Dataset(InMemoryFeatures(values[160:]), label[160:], None),
    }
    return resolve_config(resolve_hyperparameters(SCHEMA, texts), None, values.shape[1]), sets


def boost(name: str, folder: Path | None, kill_at: int | None = None) -> Boosting:
    """Run a job in a process of its own, as far as XGBoost can tell, until it is killed."""
    plan, sets = job(name)
    kept = Checkpoints(folder, JobIdentity({}), least_seconds=0) if folder else None
    boosting = Boosting(
        plan, build_matrices(sets, plan), kept.load_newest() if kept else TrainingState()
    )

    def after_round(_: Boosting) -> bool:
        if kept:
            kept.after_round(boosting)
        if boosting.history.rounds == kill_at:
            raise Killed
        return False

    boosting.run(after_round)
    return boosting


def digest(boosting: Boosting) -> str:
    return hashlib.sha256(bytes(boosting.build_result().save_raw("ubj"))).hexdigest()


@pytest.fixture(scope="module")
def uninterrupted() -> dict[str, Boosting]:
    return {name: boost(name, None) for name in JOBS}


@pytest.mark.parametrize("name", JOBS)
@settings(
    max_examples=6,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kills=st.lists(st.integers(1, ROUNDS - 1), min_size=1, max_size=3, unique=True))
def test_killed_and_resumed_is_uninterrupted(
    name: str,
    kills: list[int],
    uninterrupted: dict[str, Boosting],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("checkpoints")
    for kill_at in sorted(kills):
        try:
            boost(name, folder, kill_at)
        except Killed:
            continue
    resumed = boost(name, folder)
    assert resumed.history == uninterrupted[name].history
    assert digest(resumed) == digest(uninterrupted[name])


def test_early_stopping_jobs_do_stop_early(uninterrupted: dict[str, Boosting]) -> None:
    for name in ("stopping", "stopping dart", "own metric"):
        done = uninterrupted[name].history
        assert done.rounds < ROUNDS, name
        assert done.best_round == done.rounds - 3, name


def test_the_kept_model_scores_what_its_best_round_scored(
    uninterrupted: dict[str, Boosting],
) -> None:
    for name in ("stopping", "stopping dart", "stopping linear"):
        _, sets = job(name)
        done = uninterrupted[name]
        text = done.build_result().eval(build_matrices(sets, done.config)["validation"])
        assert float(text.rpartition(":")[2]) == pytest.approx(done.history.best_score, rel=1e-6)


@pytest.mark.parametrize("name", ["kept metric", "kept metric of dart"])
def test_the_kept_metric_chooses_among_rounds_from_the_best_one_on(
    name: str, uninterrupted: dict[str, Boosting]
) -> None:
    done = uninterrupted[name]
    loss, error = (done.history.read_watched(metric) for metric in ("mlogloss", "merror"))
    least = int(np.argmin(loss))
    assert done.kept_round == least + int(np.argmin(error[least:])) > least
    assert error[done.kept_round] < error[least]
    assert done.history.rounds == min(
        ROUNDS, done.kept_round + 1 + int(KEPT["early_stopping_rounds"])
    )
    model, rows = done.build_result(), build_matrices(job(name)[1], done.config)["validation"]
    wrong = model.predict(rows).argmax(axis=1) != rows.get_label()
    assert wrong.mean() == pytest.approx(error[done.kept_round], rel=1e-6)
    assert model.attributes() == {
        "best_iteration": str(done.kept_round),
        "best_score": str(error[done.kept_round]),
    }


def test_a_kept_metric_without_early_stopping_is_refused() -> None:
    values = resolve_hyperparameters(SCHEMA, {"num_round": "2", "_kept_metric": "mae"})
    with pytest.raises(UserError, match="'_kept_metric' chooses a round of early stopping"):
        resolve_config(values, None, 6)


def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        boost("rows", tmp_path, 7)
    newest = tmp_path / "xgboost-checkpoint.7"
    whole = newest.read_bytes()
    content = bytearray(whole)
    content[len(content) // 2] ^= 0xFF
    newest.write_bytes(content)
    (tmp_path / "xgboost-checkpoint.8").write_bytes(b"")
    last = tmp_path / "xgboost-checkpoint.10"
    last.write_bytes(whole)
    with zipfile.ZipFile(last, "a", zipfile.ZIP_DEFLATED) as compressed:
        compressed.writestr("best.ubj", bytes(1 << 20))  # or 1 TB
    (tmp_path / "xgboost-checkpoint.9.sagemaker-ignore").write_bytes(b"half")
    start = Checkpoints(tmp_path, JobIdentity({})).load_newest()
    assert start.history is not None
    assert start.history.rounds == 6
    assert digest(boost("rows", tmp_path)) == digest(boost("rows", None))


def test_the_newest_five_are_kept_and_those_being_uploaded(tmp_path: Path) -> None:
    (tmp_path / "xgboost-checkpoint.1.sagemaker-uploading").touch()
    (tmp_path / "xgboost-checkpoint.2.sagemaker-uploaded").touch()
    boost("plain", tmp_path)
    left = {p.name for p in tmp_path.iterdir() if "sagemaker" not in p.name}
    assert left == {f"xgboost-checkpoint.{n}" for n in (1, 10, 11, 12, 13, 14)}


def test_another_jobs_checkpoint_is_refused(tmp_path: Path) -> None:
    plan, sets = job("plain")
    boosting = Boosting(plan, build_matrices(sets, plan))
    Checkpoints(tmp_path, JobIdentity({"eta": "0.3"})).write(boosting)
    with pytest.raises(UserError) as caught:
        Checkpoints(tmp_path, JobIdentity({"eta": "0.1"})).load_newest()
    assert str(caught.value) == (
        f"{tmp_path}/xgboost-checkpoint.0: is the checkpoint of another job: eta was 0.3 and is"
        " 0.1. Empty the folder, or give the job its own."
    )


def test_more_rounds_go_on_where_fewer_ended(tmp_path: Path) -> None:
    models: list[bytes] = []
    last = b""
    for name, rounds in (("longer", ("4", "9")), ("whole", ("9",))):
        kept = tmp_path / name
        kept.mkdir()
        for number in rounds:
            texts = {"num_round": number, "subsample": "0.5"}
            going = replace(
                prepare_job(tmp_path / f"{name}{number}", "number", texts), checkpoints=kept
            )
            train(going)
            last = (going.model_dir / "xgboost-model").read_bytes()
        models.append(last)
    assert models[0] == models[1]


def test_a_finished_job_run_again_gives_the_same_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"early_stopping_rounds": "3", "num_round": "50"}
    done = replace(prepare_job(tmp_path, "number", texts), checkpoints=tmp_path)
    train(done)
    first = (done.model_dir / "xgboost-model").read_bytes()
    (done.model_dir / "xgboost-model").unlink()
    capsys.readouterr()
    train(done)
    assert (done.model_dir / "xgboost-model").read_bytes() == first
    assert "[" not in capsys.readouterr().out


@pytest.mark.parametrize("keep", ["true", "false"])
def test_a_stopped_job_leaves_what_it_was_told_to(keep: str, tmp_path: Path) -> None:
    stopped = prepare_job(
        tmp_path, "number", {"num_round": "100", "save_model_on_termination": keep}
    )
    stopped.stop.check = lambda: None  # type: ignore[method-assign]
    stopped.stop.requested = True
    with pytest.raises(Stopped):
        train(stopped)
    assert (stopped.model_dir / "xgboost-model").exists() == (keep == "true")


def test_a_stop_after_the_last_round_leaves_a_whole_model_and_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare_job(tmp_path, "number", {"num_round": "2"})

    def stopping(*arguments: Any, **given: Any) -> Any:
        job.stop.requested = True
        return predict_rows(*arguments, **given)

    monkeypatch.setattr(figures, "predict_rows", stopping)
    with pytest.raises(Stopped, match="the model is whole, the report is not written"):
        train(job)
    assert booster_io.load(job.model_dir).num_boosted_rounds() == 2
    assert not list(job.paths.output_data.glob("*"))


PROGRAM = [sys.executable, "-m", "booster", "train"]


def test_a_program_that_is_killed_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    texts = {"num_round": "1500", "subsample": "0.5", "colsample_bynode": "0.6", "nthread": "1"}
    roots = [written(tmp_path / name, texts) for name in ("killed", "whole")]
    with subprocess.Popen(
        PROGRAM, env={"SAGEMAKER_BASE_DIR": str(roots[0])}, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("[700]"):
                child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert not (roots[0] / "model" / "xgboost-model").exists()
    lines = [finish(root) for root in roots]
    assert 0 < int(lines[0][0].split("]")[0][1:]) <= 701
    assert lines[0] == lines[1][-len(lines[0]) :]
    models = [(root / "model" / "xgboost-model").read_bytes() for root in roots]
    assert models[0] == models[1]


def finish(root: Path) -> list[str]:
    began = time.monotonic()
    done = subprocess.run(
        PROGRAM,
        env={"SAGEMAKER_BASE_DIR": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert time.monotonic() - began < 120
    return [line for line in done.stdout.splitlines() if line.startswith("[")]


def written(root: Path, texts: dict[str, str]) -> Path:
    """Write a job as the platform does, with a folder for checkpoints at a place of its own."""
    prepare_job(root, "number", texts)
    (root / "spot").mkdir()
    config = root / "input" / "config"
    config.mkdir(parents=True)
    contents: dict[str, object] = {
        "hyperparameters": texts,
        "inputdataconfig": {"train": {}, "validation": {}},
        "checkpointconfig": {"S3Uri": "s3://bucket/spot", "LocalPath": "/opt/ml/spot"},
    }
    for name, content in contents.items():
        (config / f"{name}.json").write_text(json.dumps(content))
    return root
