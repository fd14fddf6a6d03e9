"""A metric is shown and found under the name it was given by, whatever XGBoost calls it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.params.metrics import METRICS
from booster.params.objectives import BY_NAME, LearningTask
from booster.params.training_config import resolve_config
from booster.rounds.boosting import Boosting
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.errors import UserError
from tests.booster.training_jobs import make_features, make_labels, prepare_job

SPELLINGS = {
    "threshold": ("0.5", ".7", "0.70", "5e-1", "-1"),
    "rows": ("3", "03", "5-", "1"),
    "power": ("1.50", "1.5", "1.3", "1"),
}
WITH_AT = [(m.name, f"{m.name}@{at}") for m in METRICS if m.at for at in SPELLINGS[m.at]]
OBJECTIVE = {"threshold": "binary:logistic", "rows": "rank:map", "power": "reg:tweedie"}
AT = {metric.name: metric.at for metric in METRICS}


def boosting(objective: str, metrics: str) -> Boosting:
    given = {"num_round": "2", "nthread": "1", "objective": objective, "eval_metric": metrics}
    plan = resolve_config(resolve_hyperparameters(SCHEMA, given), None, 6)
    kind = {LearningTask.BINARY: "binary", LearningTask.RANK: "binary"}.get(
        BY_NAME[objective].task, "positive"
    )
    ids = np.arange(240) // 8 if objective.startswith("rank") else None
    rows = xgb.QuantileDMatrix(make_features().astype(np.float32), make_labels(kind), qid=ids)
    made = Boosting(plan, {"train": rows, "validation": rows})
    made.run(lambda _: False)
    return made


@pytest.mark.parametrize(("bare", "name"), WITH_AT)
def test_a_metric_with_an_argument_keeps_its_name_and_its_value(bare: str, name: str) -> None:
    others = f"auc,{name},{bare}" if AT[bare] != "power" else f"mae,{name},rmse"
    made = boosting(OBJECTIVE[AT[bare]], others)
    for scored in made.history.history.values():
        assert list(scored) == others.replace("tweedie-nloglik,", "").split(",")
    rows = made._matrices["train"]
    alone = made.booster.copy()
    judge = xgb.Booster({"nthread": 1, "eval_metric": name}, [rows], alone.save_raw("ubj"))
    value = float(judge.eval_set([(rows, "train")]).rpartition(":")[2])
    assert made.history.history["train"][name][-1] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("objective", "metric", "sentence"),
    [
        ("rank:map", "map@2.5", "'map' takes a whole number from 1, with or without '-' behind it"),
        ("rank:map", "map@0", "takes a whole number from 1"),
        ("rank:map", "map@-", "takes a whole number from 1"),
        ("binary:logistic", "error@nan", "metric 'error' takes a number as error@threshold, and"),
        ("reg:tweedie", "tweedie-nloglik@2", "takes a number from 1 to below 2 as tweedie-"),
        ("binary:logistic", "auc@1", "metric 'auc' takes no '@'"),
    ],
)
def test_an_argument_that_xgboost_would_misread_is_refused(
    objective: str, metric: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        boosting(objective, metric)


def test_a_tuned_metric_stops_early_under_its_own_spelling(tmp_path: Path) -> None:
    texts = {
        "objective": "binary:logistic",
        "eval_metric": "error,logloss",
        "_tuning_objective_metric": "validation:error@0.5",
        "early_stopping_rounds": "2",
        "num_round": "40",
    }
    job = prepare_job(tmp_path, "binary", texts)
    train(job)
    assert 0 < booster_io.load(job.model_dir).num_boosted_rounds() < 40


def test_a_regression_on_two_labels_can_be_judged_by_its_ranking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Amazon's notebooks tune by validation:auc and leave the objective at its default."""
    train(prepare_job(tmp_path, "binary", {"_tuning_objective_metric": "validation:auc"}))
    values = re.findall(r"validation-auc:(\S+)", capsys.readouterr().out)
    assert len(values) > 1
    assert all(0.8 < float(value) <= 1 for value in values)


ONE_CLASS = {"objective": "binary:logistic", "eval_metric": "logloss,auc"}


def one_class(root: Path, **texts: str) -> Path:
    job = prepare_job(root, "binary", {**ONE_CLASS, **texts})
    rows = (job.channels["validation"].path / "data.csv").read_text().splitlines()
    content = "".join("1.0," + row.partition(",")[2] + "\n" for row in rows)
    (job.channels["validation"].path / "data.csv").write_text(content)
    train(job)
    return job.paths.output_data


@pytest.mark.parametrize(
    "texts",
    [{"early_stopping_rounds": "3"}, {"_tuning_objective_metric": "validation:auc"}],
)
def test_a_metric_that_decides_and_is_no_number_ends_the_job(
    texts: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        one_class(tmp_path, **texts)
    assert str(caught.value).startswith(
        "metric 'auc' of channel 'validation' is not a number in round 0, and early stopping or"
        " tuning goes by it: every label is 1."
    )


def test_a_metric_that_is_only_shown_and_is_no_number_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (one_class(tmp_path) / "metrics.json").is_file()
    told = [r.getMessage() for r in caplog.records if "is not a number" in r.getMessage()]
    assert told == [
        "metric 'auc' of channel 'validation' is not a number in round 0: every label is 1"
    ]
