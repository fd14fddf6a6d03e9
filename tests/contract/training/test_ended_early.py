"""Stories of jobs that end before their last round: a tuner's early stop, a kill and a restart."""

from __future__ import annotations

import json
import re
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_test import cli, jobs
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from local_test.platform.metrics import parse_metric_definition
from tests.contract.killing import KillingEngine

METRICS = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
RNG = np.random.default_rng(9)
ROWS = RNG.normal(size=(400, 5)).astype(np.float32)
LABEL = (ROWS[:, 0] * 2 + RNG.normal(size=400)).astype(np.float32)
ROUNDS = 3000


@pytest.fixture
def channels(tmp_path: Path) -> list[Channel]:
    table = np.column_stack([LABEL, ROWS])
    for name, rows in {"train": table[:300], "validation": table[300:]}.items():
        np.savetxt(tmp_path / f"{name}.csv", rows, delimiter=",", fmt="%.9g")
    return [Channel(name, tmp_path / f"{name}.csv", "text/csv") for name in ("train", "validation")]


def model_bytes(archive: Path | None) -> bytes:
    assert archive is not None
    with tarfile.open(archive) as tar:
        assert tar.getnames() == ["xgboost-model"]
        stream = tar.extractfile("xgboost-model")
        assert stream is not None
        with stream:
            return stream.read()


def saved(folder: Path) -> list[int]:
    """Give the rounds of the whole checkpoints in a folder; one being written has another name."""
    found = (re.fullmatch(r"xgboost-checkpoint\.(\d+)", path.name) for path in folder.glob("*"))
    return [int(name.group(1)) for name in found if name]


def members(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def documented(name: str) -> str:
    """Give the expression of a metric as the reference page has it to paste."""
    block = METRICS.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    return {item["Name"]: str(item["Regex"]) for item in json.loads(block)}[name]


def stopped_by_the_tuner(
    engine: Engine, channels: list[Channel], folder: Path, **more: str
) -> tuple[TrainingResult, list[str]]:
    """Stop a tuning job's trial after some rounds, as the service stops one without prospects."""
    hyperparameters = {
        "num_round": "100000000",
        "max_depth": "2",
        "nthread": "1",
        "eval_metric": "rmse,mae",
        "_tuning_objective_metric": "validation:rmse",
        **more,
    }
    regex = documented("validation:rmse")
    metrics = [parse_metric_definition(f"validation:rmse={regex}")]
    job = TrainingJob("xgboost", channels, hyperparameters, metrics=metrics)
    stop = threading.Event()
    lines: list[str] = []

    def watch(_name: str, line: str) -> None:
        lines.append(line)
        if line.startswith("[20]"):
            stop.set()

    result = jobs.train(job, folder / "out", engine, logs=watch, stop=stop)
    return result, [line for line in lines if line.startswith("[")]


def test_a_trial_the_tuner_stops_keeps_the_model_of_its_rounds(
    engine: Engine, channels: list[Channel], tmp_path: Path
) -> None:
    result, lines = stopped_by_the_tuner(engine, channels, tmp_path)
    assert (result.status, result.exit_code) == (JobStatus.STOPPED, 143)
    assert (tmp_path / "out" / "status").read_text() == "Stopped\n"
    assert not (tmp_path / "out" / "FailureReason").exists()
    values = result.metrics["validation:rmse"]
    assert len(values) == len(lines) > 20
    shown = re.search(r"#011validation-rmse:([0-9.]+)", lines[-1].replace("\t", "#011"))
    assert shown
    assert values[-1] == float(shown.group(1))
    booster = xgb.Booster()
    booster.load_model(bytearray(model_bytes(result.model)))
    assert booster.num_boosted_rounds() == len(lines)
    error = booster.inplace_predict(ROWS[300:]) - LABEL[300:]
    assert values[-1] == pytest.approx(float(np.sqrt(np.mean(error**2))), abs=1e-4)


def test_a_trial_that_is_to_keep_nothing_keeps_nothing(
    engine: Engine, channels: list[Channel], tmp_path: Path
) -> None:
    result, _ = stopped_by_the_tuner(engine, channels, tmp_path, save_model_on_termination="false")
    assert (result.status, result.exit_code) == (JobStatus.STOPPED, 143)
    assert result.model is None or members(result.model) == []


def test_a_killed_job_goes_on_from_its_checkpoints_to_the_very_bytes(
    engine: Engine,
    channels: list[Channel],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    hyperparameters = {
        "num_round": str(ROUNDS),
        "max_depth": "2",
        "subsample": "0.7",
        "nthread": "1",
        "eta": "0.01",
    }
    whole = TrainingJob("xgboost", channels, hyperparameters)
    expected = jobs.train(whole, tmp_path / "whole", engine, logs=discard_line)
    assert expected.status is JobStatus.COMPLETED
    kept = tmp_path / "checkpoints"
    killing = KillingEngine(engine)

    def watch(_name: str, line: str) -> None:
        if line.startswith("[") and saved(kept):
            killing.kill()

    job = TrainingJob("xgboost", channels, hyperparameters, checkpoints=kept)
    killed = jobs.train(job, tmp_path / "killed", killing, logs=watch)
    assert (killed.status, killed.exit_code, killed.model) == (JobStatus.FAILED, 137, None)
    reached = max(saved(kept))
    assert 0 < reached < ROUNDS

    told = [f"--hyperparameter={name}={value}" for name, value in hyperparameters.items()]
    told += [f"--channel={item.name}={item.path};content-type=text/csv" for item in channels]
    places = ["--checkpoints", str(kept), "--output", str(tmp_path / "again")]
    command = ["train", "--image", "xgboost", "--engine", engine.name, *told, *places]
    assert cli.main(command) == 0
    rounds = [int(found) for found in re.findall(r"\| \[(\d+)\]\t", capfd.readouterr().out)]
    assert rounds == list(range(reached, ROUNDS))
    assert model_bytes(tmp_path / "again" / "model.tar.gz") == model_bytes(expected.model)
