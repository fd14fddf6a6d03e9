"""Cross-validation: every row judged once a repetition, by a model that has not seen it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from booster.params.training_config import TrainingConfig
from booster.rounds import cross_validation
from booster.training import train
from tandem.contract.training_job import Job
from tandem.errors import UserError
from tests.booster.rounds.test_checkpoints import job as resumable
from tests.booster.training_jobs import ROWS, make_features, make_labels, prepare_job


def ran(root: Path, kind: str, texts: dict[str, str]) -> tuple[Job, NDArray[np.float64]]:
    job = prepare_job(root, kind, {"_kfold": "4", "seed": "3", **texts})
    train(job)
    written = (job.paths.output_data / "predictions.csv").read_text()
    return job, np.array([row.split(",") for row in written.splitlines()], dtype=float)


def model(path: Path) -> xgb.Booster:
    return xgb.Booster(model_file=bytearray(path.read_bytes()))


def plan(name: str = "plain") -> TrainingConfig:
    return resumable(name)[0]


def test_a_number_is_predicted_by_models_that_have_not_seen_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job, table = ran(tmp_path, "number", {"eval_metric": "rmse"})
    names = sorted(path.name for path in job.model_dir.iterdir())
    assert names == [f"xgboost-model-{n}" for n in range(4)]
    assert table[:, 0] == pytest.approx(make_labels("number"), rel=1e-6)
    held = list(
        cross_validation.split_folds(make_labels("number").astype(np.float32), 4, 1, plan())
    )
    errors = []
    for number, rows in enumerate(held):
        said = model(job.model_dir / names[number]).predict(xgb.DMatrix(make_features()[rows]))
        assert table[rows, 1] == pytest.approx(said, rel=1e-6)
        errors.append(np.sqrt(np.mean((said - make_labels("number")[rows]) ** 2)))
    (summary,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert summary.startswith("[5]\ttrain-rmse:")
    assert float(summary.split("validation-rmse:")[1]) == pytest.approx(np.mean(errors), abs=1e-4)


def test_folds_are_a_partition_and_differ_between_repetitions() -> None:
    held = list(
        cross_validation.split_folds(make_labels("number").astype(np.float32), 5, 2, plan())
    )
    for repetition in (held[:5], held[5:]):
        assert sorted(np.concatenate(repetition)) == list(range(ROWS))
        assert {len(rows) for rows in repetition} == {ROWS // 5}
    assert held[0].tolist() != held[5].tolist()


def test_classes_have_the_same_share_in_every_fold() -> None:
    label = make_labels("class").astype(np.float32)
    for rows in cross_validation.split_folds(label, 4, 2, plan("classes")):
        for value in (0, 1, 2):
            assert abs(np.sum(label[rows] == value) - np.sum(label == value) / 4) <= 1


@pytest.mark.parametrize(
    ("objective", "kind", "columns"),
    [
        ("binary:logistic", "binary", 3),
        ("binary:logitraw", "binary", 2),
        ("binary:hinge", "binary", 2),
        ("multi:softmax", "class", 2),
        ("multi:softprob", "class", 3),
    ],
)
def test_a_class_comes_with_its_probability_where_there_is_one(
    objective: str, kind: str, columns: int, tmp_path: Path
) -> None:
    classes = {"num_class": "3"} if kind == "class" else {}
    texts = {"objective": objective, "_num_cv_round": "3", "num_round": "10", **classes}
    job, table = ran(tmp_path, kind, texts)
    assert len(list(job.model_dir.iterdir())) == 12
    assert table.shape == (ROWS, columns)
    assert np.mean(table[:, 0] == table[:, -1]) > 0.7
    if objective == "binary:logistic":
        assert ((table[:, 1] > 0.5) == table[:, 2]).all()


def test_folds_stop_early_and_go_on_after_a_kill(tmp_path: Path) -> None:
    texts = {"early_stopping_rounds": "2", "num_round": "60", "_kfold": "3", "subsample": "0.7"}
    whole = prepare_job(tmp_path / "whole", "number", texts)
    train(whole)
    kept = tmp_path / "kept"
    kept.mkdir()
    first = replace(prepare_job(tmp_path / "a", "number", texts), checkpoints=kept)
    train(first)
    for path in (kept / "fold-2").iterdir():
        path.unlink()
    second = replace(prepare_job(tmp_path / "b", "number", texts), checkpoints=kept)
    train(second)
    models = [
        [p.read_bytes() for p in sorted(job.model_dir.iterdir())] for job in (whole, first, second)
    ]
    assert models[0] == models[1] == models[2]
    assert {model(p).num_boosted_rounds() for p in whole.model_dir.iterdir()} < set(range(2, 60))


def test_queries_are_not_torn_apart(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'_kfold' would tear queries apart"):
        ran(tmp_path, "count", {"objective": "rank:ndcg"})
