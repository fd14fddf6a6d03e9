"""Candidates of one job are the models that jobs of their own would train."""

from __future__ import annotations

import json
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from booster.training import train
from tandem.contract.training_job import Job
from tandem.errors import Stopped, UserError
from tests.booster.training_jobs import prepare_job

OWN: list[dict[str, Any]] = [
    {"eta": 0.3, "max_depth": 2},
    {"eta": "0.1", "subsample": 0.7},
    {"booster": "gblinear", "num_round": 7},
]


def run(root: Path, kind: str, texts: dict[str, str]) -> Job:
    job = prepare_job(
        root, kind, {"nthread": "1", "num_round": "20", "early_stopping_rounds": "3", **texts}
    )
    train(job)
    return job


def read_models(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def read_result(job: Job, number: int) -> dict[str, Any]:
    path = job.paths.output_data / "candidates" / str(number) / "result.json"
    result: dict[str, Any] = json.loads(path.read_text())
    return result


@pytest.mark.parametrize("folds", [{}, {"_kfold": "3"}])
def test_each_is_the_model_of_a_job_of_its_own(folds: dict[str, str], tmp_path: Path) -> None:
    shared = {"objective": "binary:logistic", "eval_metric": "logloss", "seed": "2", **folds}
    job = run(tmp_path / "all", "binary", {**shared, "_candidates": json.dumps(OWN)})
    losses = []
    for number, own in enumerate(OWN):
        texts = {name: str(value) for name, value in own.items()}
        alone = run(tmp_path / str(number), "binary", shared | texts)
        models = {path.name: path.read_bytes() for path in alone.model_dir.iterdir()}
        folder = job.paths.output_data / "candidates" / str(number)
        assert read_models(folder / "model.tar.gz") == models
        result = read_result(job, number)
        losses.append(result["scores"]["validation"]["logloss"])
        assert len(result["rounds"]) == len(models)
        if not folds and number < 2:
            facts = json.loads((alone.paths.output_data / "metrics.json").read_text())
            assert result["rounds"] == [facts["kept_round"] + 1]
            assert result["learning_curves"] == facts["learning_curves"]
            assert result["importance"] == pytest.approx(facts["importance"])
    best = job.paths.output_data / "candidates" / str(int(np.argmin(losses)))
    kept = {path.name: path.read_bytes() for path in job.model_dir.iterdir()}
    assert kept == read_models(best / "model.tar.gz")


def test_classes_have_a_probability_each_for_rows_that_were_not_trained_on(tmp_path: Path) -> None:
    texts = {"objective": "multi:softprob", "num_class": "3", "_kfold": "4", "_candidates": "[{}]"}
    job = run(tmp_path, "class", texts)
    arrays = np.load(job.paths.output_data / "candidates/0/predictions.npz")
    labels, outputs = arrays["labels"], arrays["outputs"]
    assert outputs.shape == (240, 3)
    assert outputs.sum(axis=1) == pytest.approx(1, abs=1e-5)
    of_label = outputs[np.arange(240), labels.astype(int)]
    assert -np.log(of_label).mean() == pytest.approx(
        read_result(job, 0)["scores"]["validation"]["mlogloss"], abs=1e-4
    )


@pytest.mark.parametrize("folds", [{}, {"_kfold": "4"}])
def test_one_that_falls_behind_is_stopped(folds: dict[str, str], tmp_path: Path) -> None:
    own = json.dumps([{"eta": 0.3}, {"eta": 0.3, "lambda": 100000}])
    texts = {**folds, "num_round": "60", "_candidates": own, "_candidate_bounds": "[1.9, 1.8]"}
    job = run(tmp_path, "number", {**texts, "eval_metric": "rmse"})
    good, bad = read_result(job, 0), read_result(job, 1)
    assert (good["state"], bad["state"]) == ("Completed", "Stopped")
    assert len(bad["losses"]) == 1
    assert max(good["losses"]) < 1.9 < bad["losses"][0]
    assert not (job.paths.output_data / "candidates/1/model.tar.gz").exists()


def test_a_low_learning_rate_meets_the_bounds_when_it_has_learned_as_much(tmp_path: Path) -> None:
    own = json.dumps([{"eta": 0.5}, {"eta": 0.1}])
    texts = {"num_round": "60", "early_stopping_rounds": "60", "_candidates": own}
    job = run(tmp_path, "number", {**texts, "eval_metric": "rmse"})
    for number, rounds in ((0, [10, 20, 40]), (1, [50])):
        result = read_result(job, number)
        curve = result["learning_curves"]["validation"]["rmse"]
        assert result["losses"] == [min(curve[:count]) for count in rounds]


def test_a_stop_keeps_the_candidates_that_were_finished(tmp_path: Path) -> None:
    own = json.dumps([{"eta": 0.3}, {"eta": 0.0001, "num_round": 10**6}])
    texts = {"nthread": "1", "num_round": "5", "_candidates": own}
    job = prepare_job(tmp_path, "number", texts)
    folder = job.paths.output_data / "candidates"

    def stop() -> None:
        for _ in range(3000):
            if (folder / "0" / "result.json").exists():
                break
            time.sleep(0.01)
        job.stop.requested = True

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Stopped, match="1 of 2 candidates are kept"):
        train(job)
    thread.join()
    assert [path.name for path in folder.iterdir()] == ["0"]
    kept = {path.name: path.read_bytes() for path in job.model_dir.iterdir()}
    assert list(kept) == ["xgboost-model"]
    assert kept == read_models(folder / "0" / "model.tar.gz")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ('[{"objective": "reg:gamma"}]', "element 0 has 'objective', which is the same"),
        ("[7]", "element 0 is no JSON object"),
        ("[]", "'_candidates' is empty"),
        ('[{"eta": 7}]', "'eta' must be a number from 0 to 1"),
    ],
)
def test_wrong_candidates_are_refused(own: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        run(tmp_path, "number", {"_candidates": own})
