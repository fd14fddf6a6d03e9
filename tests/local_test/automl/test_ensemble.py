"""An ensemble is served from one archive, and scores what the search reports."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from local_test.automl.candidates import SearchCandidate, rank
from local_test.automl.data.problem import ProblemType, choose_objective
from local_test.automl.data.scores import Answers
from local_test.automl.data.tabular_file import read_file
from local_test.automl.job_runner import EngineRunner, make_stages
from local_test.automl.outcome import finish_search, select_members
from local_test.automl.plan import SearchBudget, SearchOptions, make_plan
from local_test.automl.search import CandidateSearch
from local_test.endpoints import Endpoint, Stage
from local_test.engines import select_engine
from local_test.engines.container_logs import discard_line

RUNNER = EngineRunner(select_engine("process", ["preprocessor", "xgboost"]), 60.0)
RMSE = choose_objective(ProblemType.REGRESSION, "RMSE")


def write_rows(path: Path) -> None:
    rng = np.random.default_rng(5)
    features = rng.uniform(size=(400, 5)).round(3)
    a, b, c, d, e = features.T
    target = 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e
    table = np.column_stack([features, (target + 4 * rng.normal(size=400)).round(3)])
    lines = [",".join(map(str, row)) for row in table]
    path.write_text("\n".join(["a,b,c,d,e,y", *lines]) + "\n")


def predict(model: Path, search: CandidateSearch, best: SearchCandidate) -> Answers:
    """Ask an endpoint for the held-out rows, without their target."""
    path = search.plan.held_out[0]
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    recipe = search.plan.find_recipe(best.recipe)
    transform = search.jobs.features.locate_transform(recipe)
    stages = [
        Stage(one.image, one.model, one.environment)
        for one in make_stages(transform, model, inverse=True)
    ]
    rows = "\n".join(",".join(map(str, row)) for row in table[:, :-1]) + "\n"
    with Endpoint(stages, RUNNER.engine, logs=discard_line) as endpoint:
        answer = endpoint.invoke(rows.encode(), "text/csv", "text/csv")
    return Answers(table[:, -1], np.array(answer.body.split(), dtype=float)[:, None])


def test_the_ensemble_serves_the_mean_of_its_members_and_scores_what_is_reported(
    tmp_path: Path,
) -> None:
    write_rows(tmp_path / "data.csv")
    options = SearchOptions("y", metric="RMSE", boosters=("gbtree",))
    plan = make_plan(read_file(tmp_path / "data.csv"), options, tmp_path / "out")
    budget = SearchBudget(600.0, 4, parallel=2)
    search = CandidateSearch(plan, budget, RUNNER, tmp_path / "out", "ensemble")
    search.run(threading.Event(), lambda _: None)
    best = rank(search.candidates, plan.objective)[0]
    winner = finish_search(search, RUNNER, tmp_path / "out", sure=0.5)
    assert winner.is_ensemble
    assert winner.score < (best.score or 0.0)
    served = predict(winner.folder / "model/model.tar.gz", search, winner.candidate)
    assert RMSE.score(served) == pytest.approx(winner.held_out, rel=1e-9)
    members = [
        predict(search.locate(one) / "model.tar.gz", search, winner.candidate).outputs
        for one in {one.number: one for one in winner.members}.values()
    ]
    numbers = [one.number for one in winner.members]
    weights = [numbers.count(number) for number in dict.fromkeys(numbers)]
    mean = np.average(members, axis=0, weights=weights)
    assert served.outputs == pytest.approx(mean, rel=1e-6)
    facts = json.loads((winner.folder / "best.json").read_text())
    assert len(facts["hyperparameters"]) == len(winner.members)
    assert facts["score"] == winner.score


def test_members_are_added_as_long_as_the_mean_gets_better() -> None:
    rng = np.random.default_rng(0)
    labels = rng.normal(size=400)
    noise = rng.normal(size=(3, 400))
    outputs = [labels + noise[0], labels + 1.05 * noise[1], labels + 40 * noise[2]]
    answers = [Answers(labels, one[:, None]) for one in outputs]
    taken, mean = select_members(answers, RMSE)
    assert set(taken) == {0, 1}
    expected = np.mean([outputs[number] for number in taken], axis=0)
    assert mean.outputs[:, 0] == pytest.approx(expected)
    assert RMSE.score(mean) < 0.8 * RMSE.score(answers[0])
