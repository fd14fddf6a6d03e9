"""Queries and their weights, in rankings and elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job
from tandem.errors import BadData, UserError

QUERIES, ROWS = 12, 8
GENERATOR = np.random.default_rng(4)
FEATURES = GENERATOR.normal(size=(QUERIES * ROWS, 3)).round(3)
LABEL = (FEATURES[:, 0] + FEATURES[:, 1] > 0.3) * 1
QUERY = np.repeat(np.arange(QUERIES), ROWS)
WEIGHT = np.repeat(GENERATOR.uniform(0.1, 4, QUERIES).round(2), ROWS)
Lines = Sequence[str]


def lines(query: Sequence[int] | np.ndarray = QUERY, weight: np.ndarray = WEIGHT) -> list[str]:
    return [
        f"{LABEL[row]}:{weight[row]} qid:{query[row]} "
        + " ".join(f"{index}:{value}" for index, value in enumerate(FEATURES[row]))
        for row in range(len(LABEL))
    ]


def job(root: Path, files: Sequence[Lines], objective: str, **given: str) -> Job:
    paths = Paths(root)
    paths.model.mkdir(parents=True)
    folder = paths.data / "train"
    folder.mkdir(parents=True)
    for number, content in enumerate(files):
        (folder / f"part-{number}").write_text("\n".join([*content, ""]))
    values = {"num_round": "6", "nthread": "1", "objective": objective, **given}
    channels = {name: Channel(name, folder, "text/libsvm") for name in ("train", "validation")}
    return Job(resolve_hyperparameters(SCHEMA, values), channels, paths, stop=Stop())


def plain(objective: str, **given: str | int) -> bytes:
    """Let the library train by itself, with a weight a query."""
    weight = WEIGHT[::ROWS]
    matrix = xgb.QuantileDMatrix(FEATURES.astype(np.float32), LABEL, weight=weight, qid=QUERY)
    parameters = {"objective": objective, "nthread": 1, **given}
    return bytes(xgb.train(parameters, matrix, 6).save_raw("json"))


def trees(model: bytes) -> object:
    booster = json.loads(model)["learner"]["gradient_booster"]["model"]
    return [{**tree, "tree_param": None} for tree in booster["trees"]]


@pytest.mark.parametrize("objective", ["rank:ndcg", "rank:pairwise", "rank:map"])
def test_the_weights_of_a_querys_rows_are_the_weight_of_the_query(
    objective: str, tmp_path: Path
) -> None:
    whole = lines()
    # A query goes on from one file to the next.
    done = job(tmp_path, [whole[:44], whole[44:]], objective)
    train(done)
    model = booster_io.load(done.model_dir)
    assert trees(bytes(model.save_raw("json"))) == trees(plain(objective))


@pytest.mark.parametrize(("at", "place"), [(1, "train/part-0, row 2"), (44, "train/part-1, row 1")])
def test_weights_that_differ_in_a_query_are_refused_by_file_and_row(
    at: int, place: str, tmp_path: Path
) -> None:
    weight = WEIGHT.copy()
    weight[at:] = 0.05
    whole = lines(weight=weight)
    with pytest.raises(BadData) as caught:
        train(job(tmp_path, [whole[:44], whole[44:]], "rank:ndcg"))
    sentence = (
        f"{place}: the weight is 0.05, and that of the row before, of the same query"
        f" {QUERY[at]}, is {WEIGHT[at]:g}. In a ranking"
    )
    assert str(caught.value).startswith(sentence)


def test_other_objectives_weigh_rows(tmp_path: Path) -> None:
    weight = np.linspace(0.1, 3, len(LABEL)).round(3)
    done = job(tmp_path, [lines(weight=weight)], "binary:logistic")
    train(done)
    matrix = xgb.QuantileDMatrix(FEATURES.astype(np.float32), LABEL, weight=weight)
    expected = xgb.train({"objective": "binary:logistic", "nthread": 1}, matrix, 6)
    found = booster_io.load(done.model_dir)
    assert trees(bytes(found.save_raw("json"))) == trees(bytes(expected.save_raw("json")))


@pytest.mark.parametrize(
    ("objective", "metric", "sentence"),
    [
        ("rank:ndcg", "rmse", "metric 'rmse' weighs rows, and the weights of objective rank:ndcg"),
        ("rank:ndcg", "ndcg,mse", "metric 'mse' weighs rows"),
        ("binary:logistic", "ndcg@5", "metric 'ndcg@5' weighs queries, and the weights of"),
    ],
)
def test_a_metric_that_would_weigh_something_else_is_refused(
    objective: str, metric: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=sentence):
        train(job(tmp_path, [lines()], objective, eval_metric=metric))


@pytest.mark.parametrize("metric", ["ndcg@3", "map", "pre@2", "auc", "aucpr"])
def test_metrics_of_rankings_take_weights(metric: str, tmp_path: Path) -> None:
    done = job(tmp_path, [lines()], "rank:map", eval_metric=metric)
    train(done)
    assert booster_io.load(done.model_dir).num_boosted_rounds() == 6


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (QUERY[::-1], "part-0, row 9: query 10 comes after query 11. Sort the rows by query"),
        (QUERY - 1, "part-0, row 1: a query is a whole number from 0 to 4,294,967,295"),
        (QUERY + (1 << 32) - 3, "part-0, row 25: a query is a whole number"),
    ],
)
def test_queries_that_xgboost_cannot_use_are_refused(
    query: np.ndarray, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadData, match=sentence):
        train(job(tmp_path, [lines(query)], "rank:ndcg"))


def test_queries_with_large_numbers_stay_apart(tmp_path: Path) -> None:
    done = job(tmp_path, [lines(QUERY + (1 << 31))], "rank:ndcg")
    train(done)
    model = booster_io.load(done.model_dir)
    assert trees(bytes(model.save_raw("json"))) == trees(plain("rank:ndcg"))
