"""Stories of training, told of both images on each engine."""

from __future__ import annotations

import json
import tarfile
import threading
import time
from pathlib import Path

import pytest
import xgboost as xgb

from local_test import jobs
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from tests.conftest import tell_once

NUMBERS = "".join(f"{row % 7},{row},{'' if row % 5 == 0 else row * 0.5}\n" for row in range(60))
HOUSES = "id,area,zone,price\n" + "".join(
    f"{row},{50 + row % 17},{'ABC'[row % 3]},{100 + row}\n" for row in range(40)
)


def run(
    engine: Engine, image: str, text: str, hyperparameters: dict[str, str], folder: Path
) -> TrainingResult:
    source = folder / "data.csv"
    source.write_text(text)
    job = TrainingJob(image, [Channel("training", source, "text/csv")], hyperparameters)
    return jobs.train(job, folder / "out", engine, logs=discard_line)


@pytest.mark.parametrize(
    ("image", "text", "hyperparameters", "members"),
    [
        ("xgboost", NUMBERS, {"num_round": "3"}, ["xgboost-model"]),
        (
            "preprocessor",
            HOUSES,
            {"target": "price"},
            ["features.json", "recipe.json", "transform.json"],
        ),
    ],
)
def test_a_job_completes_and_packs_its_model(
    engine: Engine,
    image: str,
    text: str,
    hyperparameters: dict[str, str],
    members: list[str],
    tmp_path: Path,
) -> None:
    result = run(engine, image, text, hyperparameters, tmp_path)
    assert (result.status, result.exit_code) == (JobStatus.COMPLETED, 0)
    assert (tmp_path / "out" / "status").read_text().strip() == "Completed"
    assert not (tmp_path / "out" / "FailureReason").exists()
    with tarfile.open(tmp_path / "out" / "model.tar.gz") as archive:
        assert sorted(member.name for member in archive if member.isfile()) == members


@pytest.mark.parametrize(
    ("image", "text", "hyperparameters", "sentence"),
    [
        (
            "xgboost",
            NUMBERS,
            {"num_rounds": "3"},
            "UserError: hyperparameter 'num_rounds' is unknown; did you mean 'num_round'?",
        ),
        ("xgboost", NUMBERS, {}, "UserError: hyperparameter 'num_round' is required."),
        (
            "xgboost",
            NUMBERS,
            {"num_round": "3", "eta": "7"},
            "UserError: hyperparameter 'eta' must be a number from 0 to 1, and is '7'.",
        ),
        (
            "xgboost",
            "1,2\n3,four\n",
            {"num_round": "3"},
            "BadData: training/data.csv, row 2, column '2': a number is expected,"
            " and the value is a word.",
        ),
        ("xgboost", "", {"num_round": "3"}, "BadData: training/data.csv: is empty."),
        (
            "xgboost",
            "1,2\n,4\n",
            {"num_round": "3"},
            "BadData: training/data.csv, row 2, column '1': the label is missing.",
        ),
        (
            "xgboost",
            "1,2\n0,4\n",
            {"num_round": "3", "objective": "multi:softmax"},
            "UserError: hyperparameter 'num_class' is required by objective multi:softmax.",
        ),
        (
            "preprocessor",
            HOUSES,
            {"target": "prize"},
            "UserError: the target 'prize' is not in the header of the training data;"
            " did you mean 'price'?",
        ),
        (
            "preprocessor",
            HOUSES.replace(",55,", ",big,", 1),
            {"target": "price"},
            "BadData: training/data.csv, row 7, column 'area': a word stands among numbers"
            " (39 of 40 values are numbers).",
        ),
        (
            "preprocessor",
            "id,area,zone,price\n",
            {"target": "price"},
            "BadData: training/data.csv: there is no row below the header.",
        ),
    ],
)
def test_a_mistake_fails_the_job_with_its_sentence(
    engine: Engine,
    image: str,
    text: str,
    hyperparameters: dict[str, str],
    sentence: str,
    tmp_path: Path,
) -> None:
    if sentence.startswith("BadData"):
        tell_once(engine, "the engine makes no difference to what is read")
    result = run(engine, image, text, hyperparameters, tmp_path)
    assert (result.status, result.exit_code) == (JobStatus.FAILED, 1)
    reason = (tmp_path / "out" / "FailureReason").read_text()
    assert reason.startswith(f"AlgorithmError: {sentence}")
    assert not (tmp_path / "out" / "model.tar.gz").exists()


def test_metric_lines_match_the_built_in_algorithms_definitions(
    engine: Engine, tmp_path: Path
) -> None:
    source = tmp_path / "data.csv"
    source.write_text(NUMBERS)
    channels = [Channel(name, source, "text/csv") for name in ("train", "validation")]
    job = TrainingJob("xgboost", channels, {"num_round": "3", "eval_metric": "rmse,mae"})
    lines: list[str] = []
    jobs.train(job, tmp_path / "out", engine, logs=lambda _, line: lines.append(line))
    found = [line.split("\t") for line in lines if line.startswith("[")]
    assert [line[0] for line in found] == ["[0]", "[1]", "[2]"]
    assert [part.split(":")[0] for part in found[2][1:]] == [
        "train-rmse",
        "train-mae",
        "validation-rmse",
        "validation-mae",
    ]
    assert found[2][1].split(":")[1] == found[2][3].split(":")[1]


def test_early_stopping_keeps_the_best_round(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(NUMBERS)
    noise = "".join(f"{(row * 5) % 11},{row},{row * 0.5}\n" for row in range(60))
    (tmp_path / "validation.csv").write_text(noise)
    channels = [Channel(n, tmp_path / f"{n}.csv", "text/csv") for n in ("train", "validation")]
    job = TrainingJob("xgboost", channels, {"num_round": "200", "early_stopping_rounds": "4"})
    lines: list[str] = []
    jobs.train(job, tmp_path / "out", engine, logs=lambda _, line: lines.append(line))
    errors = [float(line.rsplit(":", 1)[1]) for line in lines if line.startswith("[")]
    best = errors.index(min(errors)) + 1
    assert len(errors) == best + 4
    assert booster(tmp_path / "out").num_boosted_rounds() == best


def test_sigterm_ends_the_job_in_time_with_a_whole_model(engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_text(NUMBERS)
    job = TrainingJob("xgboost", [Channel("train", source)], {"num_round": "100000000"})
    stop = threading.Event()

    def watch(_name: str, line: str) -> None:
        if line.startswith("[50]"):
            stop.set()

    started = time.monotonic()
    result = jobs.train(job, tmp_path / "out", engine, logs=watch, stop=stop)
    assert time.monotonic() - started < 60
    assert (result.status, result.exit_code) == (JobStatus.STOPPED, 143)
    assert json.loads((tmp_path / "out" / "job.json").read_text())["TrainingJobStatus"] == "Stopped"
    assert booster(tmp_path / "out").num_boosted_rounds() > 50


def test_the_same_job_gives_the_same_model(engine: Engine, tmp_path: Path) -> None:
    models = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        run(engine, "xgboost", NUMBERS, {"num_round": "5", "subsample": "0.5"}, folder)
        models.append(booster(folder / "out").save_raw("ubj"))
    assert models[0] == models[1]


def booster(output: Path) -> xgb.Booster:
    model = xgb.Booster()
    with tarfile.open(output / "model.tar.gz") as archive:
        stream = archive.extractfile("xgboost-model")
        assert stream is not None
        model.load_model(bytearray(stream.read()))
    return model
