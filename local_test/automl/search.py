"""The search: trials proposed by Optuna, trained by real jobs, until the budget is spent.

Its state is Optuna's SQLite file in the output folder, so a search that was killed goes on with the
time that is left. Trials whose losses fall behind are stopped by successive halving (ASHA), but not
the first one of each recipe. A loss is divided by that of the first trial with the same scale of
the target, so that recipes compare.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from local_test.automl.candidates import SearchCandidate, rank, read_candidate
from local_test.automl.job_runner import JobRunner
from local_test.automl.plan import SearchBudget, SearchPlan
from local_test.automl.search_space import RECIPE, make_fixed, make_start, propose
from local_test.automl.trial_jobs import FeatureStore, TrialJobs
from local_test.errors import JobError, LocalError

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

_POLL_SECONDS = 0.2
_ROUNDS_A_STEP = 25
_SPENT = "seconds"

Listener = Callable[[SearchCandidate], None]
"""Called with each candidate that ended."""


class CandidateSearch:
    """One search; `run` may be called again after a stop, and goes on."""

    def __init__(
        self, plan: SearchPlan, budget: SearchBudget, runner: JobRunner, folder: Path, name: str
    ) -> None:
        self.plan = plan
        self._budget = budget
        self._folder = folder
        self._name = name
        features = FeatureStore(runner, plan.data, folder / "recipes", name)
        self.jobs = TrialJobs(runner, features, plan.problem, plan.objective)
        self._study = open_study(folder, plan)
        self._lock = threading.Lock()
        self._references: dict[bool, float] = {}

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
        """Return the folder of a candidate's training job."""
        return self._folder / "candidates" / candidate.name

    def run(self, stop: threading.Event, listen: Listener) -> None:
        """Search until the budget is spent or `stop` is set.

        Raises JobError when no candidate of the first recipes could be trained.
        """
        before, begin = self.spent, time.monotonic()
        end = begin + self._budget.seconds - before
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
                if self._count_trials() >= self._budget.candidates:
                    return
                trial = self._study.ask()
                recipe, hyperparameters = self._propose(trial)
            self._run_trial(trial, recipe, hyperparameters, hurry)
            candidate = read_candidate(self._study.get_trials(deepcopy=False)[trial.number])
            listen(candidate)
            self._check_hope(candidate)

    def _count_trials(self) -> int:
        """Return how many candidates count: those that the search's end cut off do not."""
        return sum(not one.cut_off for one in self.candidates)

    def _propose(self, trial: "Trial") -> tuple[str, dict[str, str]]:
        name = trial.suggest_categorical(RECIPE, [one.name for one in self.plan.recipes])
        recipe = self.plan.find_recipe(name)
        tuned = propose(trial, recipe.booster)
        fixed = make_fixed(self.plan.problem, len(self.plan.profile.classes), recipe.booster)
        hyperparameters = {**fixed, **tuned, "seed": str(self.plan.options.seed + trial.number)}
        if self._budget.parallel > 1:
            hyperparameters["nthread"] = "1"
        facts = {
            "name": f"{self._name}-{trial.number:04d}",
            "recipe": name,
            "booster": recipe.booster,
            "hyperparameters": hyperparameters,
        }
        for key, value in facts.items():
            trial.set_user_attr(key, value)
        return name, hyperparameters

    def _run_trial(
        self, trial: "Trial", name: str, hyperparameters: dict[str, str], hurry: threading.Event
    ) -> None:
        from optuna.trial import TrialState

        recipe, pruned = self.plan.find_recipe(name), threading.Event()
        either = _EitherEvent(hurry, pruned)
        reported: list[float] = []

        def watch(losses: Sequence[float]) -> None:
            reported[:] = losses
            if self._report(trial, losses, scaled=recipe.scales_target):
                pruned.set()

        label: str = trial.user_attrs["name"]
        output = self._folder / "candidates" / label
        state, value = TrialState.FAIL, None
        try:
            result = self.jobs.run(label, recipe, hyperparameters, output, watch, either)
            trial.set_user_attr("score", result.score)
            trial.set_user_attr("metrics", dict(result.metrics))
            state, value = TrialState.COMPLETE, result.score
        except LocalError as error:
            if pruned.is_set():
                state = TrialState.PRUNED
            else:
                trial.set_user_attr("failure", "" if hurry.is_set() else str(error))
                if hurry.is_set():  # it is tried again where the search goes on
                    self._study.enqueue_trial(trial.params)
        trial.set_user_attr("losses", reported)
        self._study.tell(trial, value, state=state)

    def _report(self, trial: "Trial", losses: Sequence[float], *, scaled: bool) -> bool:
        """Report the newest loss; return whether the trial is to be stopped."""
        with self._lock:
            reference = self._references.setdefault(scaled, losses[-1])
        step = len(losses)
        if not self.plan.data.cross_validated:
            if step % _ROUNDS_A_STEP:
                return False
            step //= _ROUNDS_A_STEP
        share = losses[-1] / (abs(reference) or 1.0)
        trial.report(-share if self.plan.objective.maximize else share, step)
        if not self._budget.prune or trial.number < len(self.plan.recipes):
            return False
        return trial.should_prune()

    def _check_hope(self, candidate: SearchCandidate) -> None:
        """Raise JobError when every recipe has failed once and none succeeded."""
        ended = [one for one in self.candidates if one.state in {"Completed", "Failed"}]
        if len(ended) >= len(self.plan.recipes) and all(one.failure for one in ended):
            raise JobError(f"no candidate could be trained: {candidate.failure}")


class _EitherEvent(threading.Event):
    """An event that is set when either of two is."""

    def __init__(self, one: threading.Event, other: threading.Event) -> None:
        super().__init__()
        self._both = (one, other)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._both)

    def wait(self, timeout: float | None = None) -> bool:
        end = None if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (end is None or time.monotonic() < end):
            time.sleep(min(_POLL_SECONDS, timeout or _POLL_SECONDS))
        return self.is_set()


def open_study(folder: Path, plan: SearchPlan) -> "Study":
    """Open the study of a folder; trials of a search that was killed are proposed again."""
    import optuna
    from optuna.pruners import SuccessiveHalvingPruner
    from optuna.samplers import TPESampler
    from optuna.study import StudyDirection
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = StudyDirection.MAXIMIZE if plan.objective.maximize else StudyDirection.MINIMIZE
    study = optuna.create_study(
        storage=f"sqlite:///{(folder / 'search.db').absolute()}",
        study_name="automl",
        direction=direction,
        load_if_exists=True,
        sampler=TPESampler(n_startup_trials=8, constant_liar=True, seed=plan.options.seed),
        pruner=SuccessiveHalvingPruner(min_resource=1, reduction_factor=2),
    )
    trials = study.get_trials(deepcopy=False)
    for trial in trials:
        if trial.state is TrialState.RUNNING:  # its search was killed
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
    if not trials:
        for recipe in plan.recipes:
            study.enqueue_trial(make_start(recipe.name, recipe.booster))
    return study
