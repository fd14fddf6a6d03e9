"""Model artifacts of other makers are served as their makers meant them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster import serving
from booster.algorithm import ALGORITHM
from booster.model import booster_io
from booster.training import train
from tandem.contract.training_job import Channel
from tandem.data.tables import Table
from tandem.errors import UserError
from tests.booster.training_jobs import make_features, prepare_job

ROWS = np.random.default_rng(11).normal(size=(200, 3)).astype(np.float32)
LABEL = ROWS[:, 0] * 2 - ROWS[:, 1]
NOISY = LABEL + np.random.default_rng(2).normal(size=200)


def booster(rounds: int = 6, **parameters: object) -> xgb.Booster:
    return xgb.train({"eta": 0.4, **parameters}, xgb.DMatrix(ROWS, LABEL), rounds)


def answers(folder: Path, **how: bool) -> list[float]:
    scores = serving.load(folder, **how).predict(Table(ROWS.astype(np.float64))).numbers
    return [float(value) for value in scores[:, 0]]


def as_amazon_writes(made: xgb.Booster, folder: Path) -> None:
    # The container saves under a name without a suffix, which XGBoost 3 takes for UBJSON.
    (folder / "xgboost-model").write_bytes(bytes(made.save_raw("ubj")))


def as_json(made: xgb.Booster, folder: Path) -> None:
    (folder / "xgboost-model").write_bytes(bytes(made.save_raw("json")))


def under_a_name_of_its_own(made: xgb.Booster, folder: Path) -> None:
    made.save_model(folder / "houses-2024.json")


def with_a_hidden_file_beside_it(made: xgb.Booster, folder: Path) -> None:
    made.save_model(folder / "model.ubj")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "code").mkdir()
    (folder / "code" / "inference.py").write_text("print()")


@pytest.mark.parametrize(
    "write", [as_amazon_writes, as_json, under_a_name_of_its_own, with_a_hidden_file_beside_it]
)
def test_a_plain_model_answers_as_plain_xgboost(
    write: Callable[[xgb.Booster, Path], None], tmp_path: Path
) -> None:
    made = booster()
    write(made, tmp_path)
    assert answers(tmp_path) == made.predict(xgb.DMatrix(ROWS)).tolist()


def test_files_of_any_name_answer_together_or_the_first_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [booster(rounds) for rounds in (2, 9)]
    for name, one in zip(("b.ubj", "a.json"), made, strict=True):
        one.save_model(tmp_path / name)
    each = [one.predict(xgb.DMatrix(ROWS)) for one in made]
    assert answers(tmp_path) == pytest.approx(np.mean(each, axis=0), rel=1e-6)
    assert answers(tmp_path, ensemble=False) == each[1].tolist()
    monkeypatch.setenv("SAGEMAKER_INFERENCE_ENSEMBLE", "False")
    scores = ALGORITHM.get_loader("")(tmp_path).predict(Table(ROWS.astype(np.float64))).numbers
    assert scores[:, 0].tolist() == each[1].tolist()


def test_the_first_fold_is_number_0_and_not_first_by_letter(tmp_path: Path) -> None:
    made = {number: booster(number) for number in (2, 10)}
    for number, one in made.items():
        booster_io.save(one, tmp_path, number)
    assert answers(tmp_path, ensemble=False) == made[2].predict(xgb.DMatrix(ROWS)).tolist()


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    booster().save_model(tmp_path / "model.ubj")
    (tmp_path / "notes.txt").write_text("trained on Monday")
    with pytest.raises(UserError, match=r"notes\.txt: is not an XGBoost model in UBJSON or JSON"):
        serving.load(tmp_path)


def stopped_early(**parameters: object) -> xgb.Booster:
    """Train as a script does that lets the library stop: the rounds after the best stay in."""
    made = xgb.train(
        {"eta": 1.0, "max_depth": 5, "objective": "reg:squarederror", **parameters},
        xgb.DMatrix(ROWS[:100], NOISY[:100]),
        50,
        evals=[(xgb.DMatrix(ROWS[100:], NOISY[100:]), "validation")],
        early_stopping_rounds=5,
        verbose_eval=False,
    )
    assert made.best_iteration + 1 < made.num_boosted_rounds()
    return made


@pytest.mark.parametrize("parameters", [{}, {"num_parallel_tree": 2}, {"booster": "dart"}])
def test_early_stopping_leaves_the_best_rounds(
    parameters: dict[str, object], tmp_path: Path
) -> None:
    made = stopped_early(**parameters)
    as_amazon_writes(made, tmp_path)
    best = (0, made.best_iteration + 1)
    expected = made.predict(xgb.DMatrix(ROWS), iteration_range=best)
    assert answers(tmp_path) == pytest.approx(expected.tolist(), rel=1e-6)
    assert answers(tmp_path) != pytest.approx(made.predict(xgb.DMatrix(ROWS)), rel=1e-6)
    table = Table(ROWS.astype(np.float64))
    leaf, contributions = serving.load(tmp_path).select(table, ["leaf", "contributions"]).outputs
    assert leaf.values.shape[1] == best[1] * int(str(parameters.get("num_parallel_tree", 1)))
    assert contributions.values.sum(axis=1) == pytest.approx(expected, abs=1e-4)


def test_a_linear_model_has_no_rounds_to_leave_out(tmp_path: Path) -> None:
    made = booster(8, booster="gblinear")
    made.set_attr(best_iteration="2")
    as_amazon_writes(made, tmp_path)
    assert answers(tmp_path) == made.predict(xgb.DMatrix(ROWS)).tolist()


def test_all_rounds_of_a_continued_model_are_served(tmp_path: Path) -> None:
    texts = {"early_stopping_rounds": "2", "num_round": "60", "eta": "0.6"}
    first = prepare_job(tmp_path / "first", "number", texts)
    train(first)
    rounds = booster_io.load(first.model_dir).num_boosted_rounds()
    for name, more in {"plain": {"num_round": "4"}, "stopping": texts}.items():
        job = prepare_job(tmp_path / name, "number", {**more, "seed": "7", "eta": "0.05"})
        given = Channel("model", first.model_dir)
        train(replace(job, channels={**job.channels, "model": given}))
        made = booster_io.load(job.model_dir)
        assert made.num_boosted_rounds() > rounds
        served = serving.load(job.model_dir).predict(Table(make_features())).numbers[:, 0]
        assert served.tolist() == made.predict(xgb.DMatrix(make_features())).tolist()
