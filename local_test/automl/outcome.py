"""The end of a search: the winner or an ensemble, its held-out score, and its archives.

An ensemble is the mean of up to six boosters of one recipe, which the xgboost image serves from one
archive. It is taken when, over resampled rows, it beats the best candidate nine times out of ten.
Candidates that were compared by validation rows are trained once more, on these rows too.
"""

import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from local_test.automl.candidates import SearchCandidate, rank
from local_test.automl.data.problem import LOG_LOSS, Objective, ProblemType, list_objectives
from local_test.automl.data.scores import Answers
from local_test.automl.job_runner import JobRunner, make_stages
from local_test.automl.predictions import predict_rows
from local_test.automl.refit import refit_members
from local_test.automl.search import CandidateSearch
from local_test.errors import JobError
from local_test.jobs.artifacts import MODEL
from local_test.jobs.atomic_output import write_atomically
from local_test.platform.archives import pack, unpack
from local_test.workspace import open_workspace

BEST = "best"
_MEMBERS = 6
_POOL = 8
_RESAMPLES = 200
_SURE = 0.9
_UNPACKED = 1 << 34


@dataclass(frozen=True)
class Winner:
    """The model that a search ends with; `members` are the candidates that it averages.

    `error` is the standard error of the held-out score, from resampled rows. `training` has the
    learning curves and the importance of the best candidate, from its job.
    """

    candidate: SearchCandidate
    members: tuple[SearchCandidate, ...]
    score: float
    held_out: float
    error: float
    held_out_metrics: dict[str, float]
    answers: Answers
    folder: Path
    training: dict[str, Any] = field(default_factory=dict)

    @property
    def is_ensemble(self) -> bool:
        """Whether it averages several candidates."""
        return len(self.members) > 1


def finish_search(
    search: CandidateSearch,
    runner: JobRunner,
    folder: Path,
    *,
    average: bool = True,
    sure: float = _SURE,
) -> Winner:
    """Choose the winner, score it on the held-out rows, and write its archives to `folder`/best.

    Without `average` the winner is one candidate. `sure` is the share of resamplings on which an
    ensemble must be better than the best candidate. Raises JobError when none has a score.
    """
    plan, stop = search.plan, threading.Event()
    ranked = rank(search.candidates, plan.objective)
    if not ranked:
        raise JobError("no candidate was finished; give the search more minutes")
    ranked = [one for one in ranked if search.jobs.is_whole(one.name)]
    if not ranked:
        raise JobError(f"the models in {folder} are damaged; search again in another folder")
    members, score = _choose_members(search, ranked if average else ranked[:1], sure)
    best = members[0]
    recipe = plan.find_recipe(best.recipe)
    target = folder / BEST
    models = {one.name: search.locate(one) / MODEL for one in members}
    if not plan.data.cross_validated:
        models = refit_members(search, runner, members, target, stop)
    _write_archives(search, members, models, target)
    transform = target / "transform"
    answers = predict_rows(
        runner,
        f"{best.name}-held-out",
        transform,
        target / "model" / MODEL,
        plan.problem,
        plan.held_out,
        stop,
    )
    winner = Winner(
        best,
        tuple(members),
        score,
        plan.objective.score(answers),
        estimate_error(answers, plan.objective),
        compute_all(answers, plan.problem),
        answers,
        target,
        search.jobs.read_facts(best.name),
    )
    stages = make_stages(transform, target / "model" / MODEL, inverse=True)
    containers = [
        {
            "Image": stage.image,
            "Model": str(stage.model.relative_to(target)),
            "Environment": dict(stage.environment),
        }
        for stage in stages
    ]
    facts = {
        "problem": plan.problem,
        "metric": plan.objective.name,
        "score": winner.score,
        "held_out": winner.held_out,
        "held_out_error": winner.error,
        "held_out_metrics": winner.held_out_metrics,
        "candidate": best.name,
        "recipe": dict(recipe.settings),
        "hyperparameters": [dict(one.hyperparameters) for one in members],
        "containers": containers,
    }
    (target / "best.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return winner


def compute_all(answers: Answers, problem: ProblemType) -> dict[str, float]:
    """Return every metric of a problem type."""
    metrics = [*list_objectives(problem), *([LOG_LOSS] if problem.has_classes else [])]
    return {metric.name: metric.score(answers) for metric in metrics}


def estimate_error(answers: Answers, objective: Objective) -> float:
    """Return the standard error of a score, from resampled rows."""
    rows, rng = len(answers.labels), np.random.default_rng(0)
    drawn = [
        objective.score(answers.select(rng.integers(rows, size=rows))) for _ in range(_RESAMPLES)
    ]
    return float(np.std(drawn))


def is_sure_gain(
    challenger: Answers, champion: Answers, objective: Objective, sure: float = _SURE
) -> bool:
    """Return whether the challenger is better on a share `sure` of resamplings of the same rows."""
    rows, rng = len(champion.labels), np.random.default_rng(0)
    wins = 0
    for _ in range(_RESAMPLES):
        drawn = rng.integers(rows, size=rows)
        value = objective.score(challenger.select(drawn))
        wins += objective.is_better(value, objective.score(champion.select(drawn)))
    return wins >= sure * _RESAMPLES


def _choose_members(
    search: CandidateSearch, ranked: Sequence[SearchCandidate], sure: float
) -> tuple[list[SearchCandidate], float]:
    """Return the candidates of the final model, and its score by the search's rows.

    For each recipe, members are added one by one, as long as the mean gets better (Caruana and
    others, "Ensemble selection from libraries of models"). The same candidate may be taken twice.
    The best of each booster are at choice: models that differ make the better mean.
    """
    objective, best = search.plan.objective, ranked[0]
    champion = search.jobs.read_answers(best.name, search.plan.find_recipe(best.recipe))
    chosen, together = [best], champion
    for recipe in search.plan.recipes:
        own = [one for one in ranked if one.recipe == recipe.name]
        pool = [
            one
            for booster in recipe.boosters
            for one in [each for each in own if each.booster == booster][:_POOL]
        ]
        pool = rank(pool, objective)
        if not pool:
            continue
        answers = [search.jobs.read_answers(one.name, recipe) for one in pool]
        taken, mean = select_members(answers, objective, logs=recipe.scales_target)
        if objective.is_better(objective.score(mean), objective.score(together)):
            chosen, together = [pool[number] for number in taken], mean
    if len(chosen) > 1 and is_sure_gain(together, champion, objective, sure):
        return chosen, objective.score(together)
    return [best], float(best.score or 0.0)


def select_members(
    answers: Sequence[Answers], objective: Objective, *, logs: bool = False
) -> tuple[list[int], Answers]:
    """Return which of the answers to average, best first, and the answers of their mean.

    With `logs` the mean is that of log(1 + prediction), as the inverse stage comes last.
    """
    outputs = [np.log1p(one.outputs) if logs else one.outputs for one in answers]

    def average(numbers: Sequence[int]) -> Answers:
        mean = np.mean([outputs[number] for number in numbers], axis=0)
        mean = np.expm1(mean) if logs else mean
        return Answers(answers[0].labels, np.asarray(mean, dtype=np.float64))

    taken, mean = [0], average([0])
    while len(taken) < _MEMBERS:
        tried = [(objective.score(average([*taken, k])), k) for k in range(len(answers))]
        score, number = (max if objective.maximize else min)(tried)
        if not objective.is_better(score, objective.score(mean)):
            break
        taken.append(number)
        mean = average(taken)
    return taken, mean


def _write_archives(
    search: CandidateSearch,
    members: Sequence[SearchCandidate],
    models: Mapping[str, Path],
    target: Path,
) -> None:
    """Write the archives of the recipe and of the boosters, whose files are numbered."""
    recipe = search.plan.find_recipe(members[0].recipe)
    fitted = search.jobs.features.locate_transform(recipe) / MODEL
    target.mkdir(parents=True, exist_ok=True)
    with write_atomically(target) as aside, open_workspace() as space:
        for part in ("transform", "model"):
            (aside / part).mkdir()
        shutil.copy(fitted, aside / "transform" / MODEL)
        if len(members) == 1:
            shutil.copy(models[members[0].name], aside / "model" / MODEL)
            return
        merged = space / "merged"
        merged.mkdir()
        count = 0
        for number, member in enumerate(members):
            opened = space / str(number)
            unpack(models[member.name], opened, _UNPACKED)
            for path in sorted(opened.glob("xgboost-model*")):
                shutil.copy(path, merged / f"xgboost-model-{count}")
                count += 1
        pack(merged, aside / "model" / MODEL)
