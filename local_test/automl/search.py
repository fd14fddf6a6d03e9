"""The search: candidates proposed by Optuna, trained by real jobs, until the budget is spent.

Its state is Optuna's journal in the output folder, so a search that was killed goes on with the
time that is left. A job trains several candidates of one recipe. Candidates whose losses fall
behind are stopped by successive halving (ASHA), but not the first ones of a recipe. A loss is
divided by that of the first candidate with the same scale of the target, so that recipes compare.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from local_test.automl.candidates import SearchCandidate, rank, read_candidate
from local_test.automl.data.problem import ProblemType
from local_test.automl.job_runner import JobRunner
from local_test.automl.plan import SearchBudget, SearchPlan
from local_test.automl.recipes import TREES, RecipeVariant
from local_test.automl.search_space import Pace, TreeCost, set_pace
from local_test.automl.trial_batches import (
    RECENT,
    TrialBatch,
    TrialBatches,
    choose_job_size,
    open_study,
)
from local_test.automl.trial_jobs import FOLDS, FeatureStore, TrialJobs, TrialResult
from local_test.errors import JobError, LocalError

if TYPE_CHECKING:
    from optuna.trial import Trial

_POLL_SECONDS = 0.2
_SPENT = "seconds"
_JOB_SHARE, _CANDIDATE_SHARE = 1 / 6, 1 / 8
_SEARCH_SHARE = 0.85
"""The rest is for a training on all rows, where some of them are for validation."""
_LEAST_SECONDS, _MOST_SECONDS = 4.0, 20.0
_REDUCTION = 3

Listener = Callable[[SearchCandidate], None]
"""Called with each candidate that ended."""


class CandidateSearch:
    """One search; `run` may be called again after a stop, and goes on."""

    def __init__(
        self, plan: SearchPlan, budget: SearchBudget, runner: JobRunner, folder: Path, name: str
    ) -> None:
        self.plan = plan
        self._budget = budget
        features = FeatureStore(runner, plan.data, folder / "recipes", name)
        self.jobs = TrialJobs(runner, features, plan.problem, plan.objective, folder)
        self._study = open_study(folder, plan)
        self._batches = TrialBatches(self._study, plan, name, single=budget.parallel > 1)
        self._lock = threading.Lock()
        self._references: dict[bool, float] = {}

    @property
    def parallel(self) -> int:
        """How many jobs run side by side."""
        return self._budget.parallel

    @property
    def candidates(self) -> list[SearchCandidate]:
        """All candidates so far, in the order they were proposed."""
        return [
            read_candidate(trial)
            for trial in self._study.get_trials(deepcopy=False)
            if trial.user_attrs
        ]

    @property
    def spent(self) -> float:
        """Seconds that earlier runs and this one have searched."""
        return float(self._study.user_attrs.get(_SPENT, 0.0))

    def locate(self, candidate: SearchCandidate) -> Path:
        """Return the folder of a candidate's model and predictions."""
        return self.jobs.locate(candidate.name)

    def run(self, stop: threading.Event, listen: Listener) -> None:
        """Search until the budget is spent or `stop` is set.

        Raises JobError when no candidate of the first recipes could be trained.
        """
        before, begin = self.spent, time.monotonic()
        share = 1.0 if self.plan.data.cross_validated else _SEARCH_SHARE
        end = begin + share * self._budget.seconds - before
        hurry = threading.Event()
        with ThreadPoolExecutor(self._budget.parallel, "candidate") as pool:
            workers = [
                pool.submit(self._work, end, stop, hurry, listen)
                for _ in range(self._budget.parallel)
            ]
            try:
                while wait(workers, _POLL_SECONDS).not_done:
                    is_late = time.monotonic() > end and rank(self.candidates, self.plan.objective)
                    if stop.is_set() or is_late:
                        hurry.set()
                    self._study.set_user_attr(_SPENT, before + time.monotonic() - begin)
            finally:
                hurry.set()
                self._study.set_user_attr(_SPENT, before + time.monotonic() - begin)
        for worker in workers:
            worker.result()

    def _work(
        self, end: float, stop: threading.Event, hurry: threading.Event, listen: Listener
    ) -> None:
        while not (stop.is_set() or hurry.is_set() or time.monotonic() > end):
            with self._lock:
                left = self._budget.candidates - self._count_trials()
                if left <= 0:
                    return
                batch = self._batches.ask(min(left, self._choose_size(end)), self._find_pace())
            self._run_batch(batch, hurry)
            trials = self._study.get_trials(deepcopy=False)
            for trial in batch.trials:
                candidate = read_candidate(trials[trial.number])
                listen(candidate)
                self._check_hope(candidate)

    def _choose_size(self, end: float) -> int:
        ended = [one.seconds for one in self.candidates if one.seconds and one.state != "Failed"]
        seconds = min(self._limit(_JOB_SHARE), max(end - time.monotonic(), 0.0))
        return choose_job_size(ended, seconds)

    def _limit(self, share: float) -> float:
        """Return a share of the budget in seconds, within what suits a job."""
        return min(_MOST_SECONDS, max(_LEAST_SECONDS, share * self._budget.seconds))

    def _find_pace(self) -> Pace:
        """Return what a candidate may cost, by the trees that were finished lately."""
        costs = [
            TreeCost(
                one.seconds,
                float(one.hyperparameters["eta"]),
                int(one.hyperparameters["max_depth"]),
                one.trained,
                one.trained >= int(one.hyperparameters["num_round"]),
            )
            for one in self.candidates
            if one.state == "Completed" and one.booster == TREES and one.trained
        ]
        folds = FOLDS if self.plan.data.cross_validated else 1
        several = self.plan.problem is ProblemType.MULTICLASS
        trees = folds * (len(self.plan.profile.classes) if several else 1)
        return set_pace(costs[-RECENT:], self._limit(_CANDIDATE_SHARE), trees)

    def _count_trials(self) -> int:
        """Return how many candidates count: those that the search's end cut off do not."""
        return sum(not one.cut_off for one in self.candidates)

    def _run_batch(self, batch: TrialBatch, hurry: threading.Event) -> None:
        from optuna.trial import TrialState

        recipe, failure = self.plan.find_recipe(batch.recipe), ""
        results: dict[str, TrialResult] = {}
        try:
            bounds = self._find_bounds(recipe)
            results = self.jobs.run(recipe, batch.shared, batch.candidates, bounds, hurry)
        except LocalError as error:
            failure = "" if hurry.is_set() else str(error)
        for trial, candidate in zip(batch.trials, batch.candidates, strict=True):
            result = results.get(candidate.name)
            if result is None:
                trial.set_user_attr("failure", failure)
                self._study.tell(trial, state=TrialState.FAIL)
                if not failure:  # it is tried again where the search goes on
                    self._study.enqueue_trial(trial.params)
                continue
            trial.set_user_attr("losses", list(result.losses))
            trial.set_user_attr("seconds", result.seconds)
            trial.set_user_attr("rounds", list(result.rounds))
            self._report(trial, result, scaled=recipe.scales_target)
            if result.score is None:
                self._study.tell(trial, state=TrialState.PRUNED)
            else:
                trial.set_user_attr("score", result.score)
                self._study.tell(trial, result.score)

    def _find_bounds(self, recipe: RecipeVariant) -> list[float]:
        """Return the loss of each step above which a candidate is stopped (ASHA).

        It is that of the best third of all candidates that came so far. Nobody is stopped before
        a candidate of the recipe was finished.
        """
        others = [
            one
            for one in self.candidates
            if self.plan.find_recipe(one.recipe).scales_target == recipe.scales_target
        ]
        first = not any(one.score is not None and one.recipe == recipe.name for one in others)
        if first or not self._budget.prune:
            return []
        bounds = []
        for step in range(max((len(one.losses) for one in others), default=0)):
            losses = sorted(one.losses[step] for one in others if len(one.losses) > step)
            if len(losses) < _REDUCTION:
                break
            bounds.append(losses[len(losses) // _REDUCTION])
        return bounds

    def _report(self, trial: "Trial", result: TrialResult, *, scaled: bool) -> None:
        """Report the losses of a candidate, as shares of the first one of its scale."""
        for step, loss in enumerate(result.losses):
            with self._lock:
                reference = self._references.setdefault(scaled, loss)
            share = loss / (abs(reference) or 1.0)
            trial.report(-share if self.plan.objective.maximize else share, step)

    def _check_hope(self, candidate: SearchCandidate) -> None:
        """Raise JobError when every recipe has failed once and none succeeded."""
        ended = [one for one in self.candidates if one.state in {"Completed", "Failed"}]
        if len(ended) >= len(self.plan.recipes) and all(one.failure for one in ended):
            raise JobError(f"no candidate could be trained: {candidate.failure}")
