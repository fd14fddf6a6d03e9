"""A search trains real candidates, goes on after a stop, and ends in a model that serves."""

from __future__ import annotations

import ast
import json
import shutil
import threading
import time
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from optuna.trial import TrialState

from local_test.automl.candidates import SearchCandidate, rank
from local_test.automl.data.problem import ProblemType, choose_objective
from local_test.automl.data.scores import Answers
from local_test.automl.data.tabular_file import read_file
from local_test.automl.job_runner import EngineRunner, make_stages
from local_test.automl.outcome import Winner, finish_search, is_sure_gain
from local_test.automl.plan import SearchBudget, SearchOptions, SearchPlan, make_plan
from local_test.automl.report.page import write_report
from local_test.automl.report.winner_script import write_script
from local_test.automl.search import CandidateSearch
from local_test.automl.search_space import Pace, TreeCost, set_pace
from local_test.automl.trial_batches import TrialBatches, choose_job_size, open_study
from local_test.automl.trial_jobs import FeatureStore
from local_test.cli import main
from local_test.endpoints import Endpoint, Stage
from local_test.engines import select_engine
from local_test.engines.container_logs import discard_line
from local_test.errors import JobError, UserError
from tests.local_test.answers import read_answer
from tests.scripts.accessibility.axe_checks import check_report

RUNNER = EngineRunner(select_engine("process", ["preprocessor", "xgboost"]), 60.0)
OPTIONS = SearchOptions("bought", metric="AUC")


class Search:
    """A search of two runs: one candidate, then one more."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(0)
        lines = ["row,age,city,bought"]
        for row in range(300):
            age, city = rng.integers(18, 80), rng.choice(["Ulm", "Bonn", "Kiel"])
            bought = age + 20 * (city == "Ulm") + rng.normal(0, 8) > 55
            lines.append(f"{row},{age},{city},{'yes' if bought else 'no'}")
        self.source, self.folder = folder / "data.csv", folder / "out"
        self.source.write_text("\n".join(lines) + "\n")
        self.told: list[SearchCandidate] = []
        self.first = self.run(1)
        self.search = self.run(2)
        self.winner: Winner = finish_search(self.search, RUNNER, self.folder)

    @property
    def plan(self) -> SearchPlan:
        return self.search.plan

    def run(self, candidates: int) -> CandidateSearch:
        plan = make_plan(read_file(self.source), OPTIONS, self.folder)
        budget = SearchBudget(600.0, candidates, parallel=2)
        search = CandidateSearch(plan, budget, RUNNER, self.folder, "test")
        search.run(threading.Event(), self.told.append)
        return search


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Search:
    return Search(tmp_path_factory.mktemp("automl"))


def test_a_search_goes_on_where_it_ended(searched: Search) -> None:
    assert [one.number for one in searched.told] == [0, 1]
    assert [one.state for one in searched.search.candidates] == ["Completed", "Completed"]
    assert [one.recipe for one in searched.search.candidates] == ["scaled", "target"]
    assert searched.search.spent > 0
    first, second = (int(one.hyperparameters["num_round"]) for one in searched.search.candidates)
    assert first < second, "once the time of a candidate is known, another one may take more rounds"


def test_the_winner_is_scored_on_rows_the_search_did_not_see(searched: Search) -> None:
    plan, winner = searched.plan, searched.winner
    assert plan.problem is ProblemType.BINARY
    assert plan.sizes == {"train": 240, "validation": 0, "held-out": 60}
    parts = [
        set(plan.data.locate(part).read_text().splitlines()[1:]) for part in ("train", "held-out")
    ]
    assert not parts[0] & parts[1]
    assert [one.column for one in plan.findings] == ["row"]
    assert winner.held_out == winner.held_out_metrics["AUC"] > 0.85
    assert len(winner.answers.labels) == 60


def test_the_archives_serve_as_they_are(searched: Search) -> None:
    best = searched.folder / "best"
    stages = make_stages(best / "transform", best / "model/model.tar.gz", inverse=True)
    containers = [Stage(one.image, one.model, one.environment) for one in stages]
    with Endpoint(containers, RUNNER.engine, logs=discard_line) as endpoint:
        answer = endpoint.invoke(b"1,75,Ulm\n2,20,Kiel\n", "text/csv", "text/csv")
    assert answer.body.split() == [b"yes", b"no"]
    facts = json.loads((best / "best.json").read_text())
    assert [one["Environment"] for one in facts["containers"]] == [
        {"TANDEM_LABEL": "drop"},
        {},
        {"TANDEM_STAGE": "inverse"},
    ]


def test_the_report_and_the_program_tell_of_the_winner(searched: Search, tmp_path: Path) -> None:
    write_report(searched.plan, searched.search, searched.winner, tmp_path / "report.html")
    check_report(tmp_path / "report.html", tmp_path / "profile")
    page = (tmp_path / "report.html").read_text()
    for words in ("Learning curves", "Importance", "identifier", "The largest errors", "Bonn"):
        assert words in page
    assert page.count("<summary>Values</summary>") == 3
    nodes = {}
    path = write_script(searched.plan, searched.winner, tmp_path)
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper():
            nodes[ast.unparse(node.targets[0])] = node.value
    names = {key: ast.literal_eval(nodes[key]) for key in ("RECIPE", "HYPERPARAMETERS", "PARTS")}
    assert names["RECIPE"]["target"] == "bought"
    assert names["HYPERPARAMETERS"]["_kfold"] == "4"
    assert names["HYPERPARAMETERS"]["eval_metric"] == "logloss"
    assert names["PARTS"] == ("train",)
    assert f"SEARCHED = {searched.winner.held_out!r}" in path.read_text()


def test_a_folder_with_another_search_is_refused(searched: Search) -> None:
    with pytest.raises(UserError, match="has a search of other data or options"):
        make_plan(read_file(searched.source), SearchOptions("city"), searched.folder)


def test_features_that_were_damaged_are_made_again(searched: Search, tmp_path: Path) -> None:
    """A kill can leave files that are incomplete."""
    recipe = searched.plan.find_recipe("scaled")
    shutil.copytree(searched.folder / "recipes", tmp_path / "recipes")

    def prepare() -> FeatureStore:
        store = FeatureStore(RUNNER, searched.plan.data, tmp_path / "recipes", "again")
        store.prepare(recipe, threading.Event())
        return store

    path = prepare().locate(recipe, "train")
    whole, before = path.read_bytes(), path.stat()
    assert prepare().locate(recipe, "train").stat().st_mtime_ns == before.st_mtime_ns
    path.write_bytes(whole[:-1])
    prepare()
    assert path.read_bytes() == whole


def test_a_damaged_candidate_does_not_win(searched: Search, tmp_path: Path) -> None:
    shutil.copytree(searched.folder / "candidates", tmp_path / "candidates")
    search = copy(searched.search)
    search.jobs = replace(search.jobs, folder=tmp_path)
    best, other = rank(search.candidates, searched.plan.objective)
    archives = [search.jobs.locate(one.name) / "model.tar.gz" for one in (best, other)]
    archives[0].write_bytes(archives[0].read_bytes()[:-1])
    winner = finish_search(search, RUNNER, tmp_path)
    assert [one.name for one in winner.members] == [other.name]
    archives[1].unlink()
    with pytest.raises(JobError, match=f"the models in {tmp_path} are damaged"):
        finish_search(search, RUNNER, tmp_path)


def test_a_line_and_a_lock_that_a_kill_left_do_not_matter(
    searched: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Optuna itself waits 30 seconds for a lock of a process that was killed."""
    before = len(open_study(tmp_path, searched.plan).trials)
    with (tmp_path / "search.jsonl").open("ab") as file:
        file.write(b'{"op_code": 4, "wor')
    (tmp_path / "search.jsonl.lock").symlink_to("search.jsonl")
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=refuse_to_wait)
    monkeypatch.setattr("optuna.storages.journal._file.time", clock)
    study = open_study(tmp_path, searched.plan)
    study.enqueue_trial({})
    assert len(open_study(tmp_path, searched.plan).trials) == before + 1


def refuse_to_wait(seconds: float) -> None:
    """Fail in place of a wait."""
    pytest.fail(f"waits for a lock: {seconds} s")


def test_an_ensemble_must_win_by_more_than_noise() -> None:
    rng = np.random.default_rng(0)
    labels = rng.normal(size=300)
    objective = choose_objective(ProblemType.REGRESSION)
    one = Answers(labels, (labels + rng.normal(size=300))[:, None])
    other = Answers(labels, (labels + rng.normal(size=300))[:, None])
    mean = Answers(labels, (one.outputs + other.outputs) / 2)
    assert is_sure_gain(mean, one, objective)
    assert not is_sure_gain(one, mean, objective)
    assert not is_sure_gain(one, one, objective)


def test_a_job_trains_candidates_of_one_recipe(searched: Search, tmp_path: Path) -> None:
    study = open_study(tmp_path, searched.plan)
    batches = TrialBatches(study, searched.plan, "jobs", single=True)
    pace = Pace(eta=0.17, levels=1800)
    asked = [batches.ask(12, pace) for _ in range(5)]
    assert [len(one.trials) for one in asked] == [1, 1, 6, 2, 2]
    assert [one.recipe for one in asked] == ["scaled", "target", "scaled", "target", "ordinal"]
    *_, trees, linear, _ = asked[2].candidates
    assert (trees.hyperparameters["eta"], trees.hyperparameters["num_round"]) == ("0.17", "200")
    assert linear.hyperparameters["booster"] == "gblinear"
    assert asked[2].shared["booster"] == "gbtree"
    for one in asked:
        study.tell(one.trials[0], 0.9)
    further = batches.ask(12, pace)
    assert len({str(one.hyperparameters) for one in further.candidates}) > 4


def test_jobs_grow_with_the_candidates_that_have_ended() -> None:
    assert choose_job_size([], 10.0) == 1
    sizes = [choose_job_size([0.1] * ended, 10.0) for ended in (1, 2, 5, 6, 90)]
    assert sizes == [2, 4, 10, 12, 12]
    assert choose_job_size([3.0] * 6, 10.0) == 3
    assert choose_job_size([60.0] * 6, 10.0) == 1
    assert choose_job_size([60.0] * 6 + [2.0] * 8, 10.0) == 5


def test_a_candidate_that_was_cut_off_is_tried_again(searched: Search, tmp_path: Path) -> None:
    plan = searched.plan
    study = open_study(tmp_path, plan)
    cut = study.ask()
    name = cut.suggest_categorical("recipe", [one.name for one in plan.recipes])
    again = open_study(tmp_path, plan)
    asked = [again.ask() for _ in again.get_trials(states=(TrialState.WAITING,))]
    names = [one.suggest_categorical("recipe", [two.name for two in plan.recipes]) for one in asked]
    assert [names.count(one.name) for one in plan.recipes] == [7, 3, 2]
    assert name == names[-1]


def test_a_candidate_takes_no_more_rounds_than_there_is_time_for() -> None:
    assert set_pace([], 5.0) == Pace()
    assert set_pace([], 5.0, trees=16).limit_rounds(5) == 50
    fast = set_pace([TreeCost(0.1, 0.2, 5, 90)], 5.0)
    slow = set_pace([TreeCost(13.5, 0.2, 5, 90)], 5.0)
    assert (fast.eta, fast.limit_rounds(5)) == (0.02, 1500)
    assert (slow.eta, slow.limit_rounds(5), slow.limit_rounds(12)) == (0.5, 33, 20)
    middle = set_pace([TreeCost(2.0, 0.2, 5, 100), TreeCost(2.0, 0.1, 5, 200)], 5.0)
    assert middle.eta == pytest.approx(0.06)
    assert middle.limit_rounds(5) == 333


def test_a_candidate_that_was_not_finished_is_given_more(searched: Search) -> None:
    done, cut = (TreeCost(2.0, 0.2, 5, 100, unfinished) for unfinished in (False, True))
    assert set_pace([cut], 5.0).eta == 2 * set_pace([done], 5.0).eta
    first = searched.search.candidates[0]
    assert first.trained < int(first.hyperparameters["num_round"])


def test_the_command_answers_in_json_with_what_deploys(
    searched: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--target", "bought", "--metric", "AUC", "--candidates", "2", "--engine", "process"]
    options += ["--output", str(searched.folder), "--json"]
    assert main(["automl", str(searched.source), *options]) == 0
    found = read_answer("automl", capsys.readouterr().out)
    assert (found["metric"], found["candidates"]) == ("AUC", {"Completed": 2})
    assert Path(found["model"]).is_file()
