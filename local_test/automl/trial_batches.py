"""Batches of trials that Optuna proposes: candidates of one recipe, for one job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_test.automl.plan import SearchPlan
from local_test.automl.recipes import RecipeVariant
from local_test.automl.search_space import (
    RECIPE,
    Pace,
    choose_booster,
    list_starts,
    make_fixed,
    propose,
)
from local_test.automl.trial_jobs import ProposedCandidate, format_candidates

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

_JOURNAL = "search.jsonl"
_SOON = 2
"""Recipes of which one trial comes before all others, so that there is soon a model."""
_LATER = 3
"""Starts of the second recipe."""
_MOST_TEXT = 2400
"""Characters of the hyperparameter that lists candidates; the API allows 2500."""
_MOST_IN_A_JOB, _GROWTH = 12, 2
RECENT = 8
"""Candidates whose seconds say what the next ones take."""


@dataclass(frozen=True)
class TrialBatch:
    """Trials of one recipe, and the candidates that they propose; `shared` are equal in all."""

    recipe: str
    shared: Mapping[str, str]
    trials: tuple["Trial", ...]
    candidates: tuple[ProposedCandidate, ...]


@dataclass(frozen=True)
class TrialBatches:
    """Asks a study for batches; with `single` a training takes one thread."""

    study: "Study"
    plan: SearchPlan
    name: str
    single: bool

    def ask(self, size: int, pace: Pace) -> TrialBatch:
        """Return up to `size` trials of the recipe that is due, one or more."""
        trial = self.study.ask()
        name = trial.suggest_categorical(RECIPE, [one.name for one in self.plan.recipes])
        recipe = self.plan.find_recipe(name)
        shared = self._fix(recipe.boosters[0]) | {"seed": str(self.plan.options.seed)}
        if self.single:
            shared["nthread"] = "1"
        trials, candidates = [trial], [self._propose(trial, recipe, shared, pace)]
        while len(trials) < size:
            own = [one.hyperparameters for one in candidates]
            if len(format_candidates(own)) + len(format_candidates(own[-1:])) > _MOST_TEXT:
                break
            following = self._ask_same(name)
            if following is None:
                break
            trials.append(following)
            candidates.append(self._propose(following, recipe, shared, pace))
        for one in trials:
            one.set_user_attr("job", candidates[0].name)
        return TrialBatch(name, shared, tuple(trials), tuple(candidates))

    def _fix(self, booster: str) -> dict[str, str]:
        return make_fixed(self.plan.problem, len(self.plan.profile.classes), booster)

    def _ask_same(self, recipe: str) -> "Trial | None":
        """Return a further trial of the recipe; None where another one waits to be tried.

        The first job of a recipe has its starts alone: there are no bounds yet for others, which
        would be drawn at random.
        """
        from optuna.trial import TrialState

        waiting = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        if waiting and waiting[0].system_attrs["fixed_params"].get(RECIPE) != recipe:
            return None
        if not waiting and not self._has_ended(recipe):
            return None
        if not waiting:
            self.study.enqueue_trial({RECIPE: recipe})
        trial = self.study.ask()
        trial.suggest_categorical(RECIPE, [one.name for one in self.plan.recipes])
        return trial

    def _has_ended(self, recipe: str) -> bool:
        """Return whether a candidate of the recipe was trained."""
        from optuna.trial import TrialState

        trials = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return any(one.user_attrs.get(RECIPE) == recipe for one in trials)

    def _propose(
        self, trial: "Trial", recipe: RecipeVariant, shared: Mapping[str, str], pace: Pace
    ) -> ProposedCandidate:
        booster = choose_booster(trial, recipe)
        fixed = self._fix(booster).items()
        own = {key: text for key, text in fixed if shared.get(key) != text}
        own |= propose(trial, booster, pace)
        name = f"{self.name}-{trial.number:04d}"
        facts = {
            "name": name,
            "recipe": recipe.name,
            "booster": booster,
            "hyperparameters": {**shared, **own},
        }
        for key, value in facts.items():
            trial.set_user_attr(key, value)
        return ProposedCandidate(name, own)


def choose_job_size(ended: Sequence[float], seconds: float) -> int:
    """Return how many candidates a job trains: one at first, then as many as fit into `seconds`.

    `ended` are the seconds of the candidates so far. It trains at most twice as many as these: the
    first ones are cheaper than those that follow.
    """
    if not ended:
        return 1
    recent = ended[-RECENT:]
    fitting = int(seconds / max(sum(recent) / len(recent), 0.05))
    return max(1, min(_MOST_IN_A_JOB, _GROWTH * len(ended), fitting))


def open_study(folder: Path, plan: SearchPlan) -> "Study":
    """Open the study of a folder; trials of a search that was killed are proposed again.

    It is a journal: a database would take half a second of a trial for its transactions.
    """
    import optuna
    from optuna.samplers import TPESampler
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.study import StudyDirection
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = StudyDirection.MAXIMIZE if plan.objective.maximize else StudyDirection.MINIMIZE
    journal = folder.absolute() / _JOURNAL
    journal.with_name(f"{_JOURNAL}.lock").unlink(missing_ok=True)  # of a search that was killed
    _drop_partial_line(journal)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(journal))),
        study_name="automl",
        direction=direction,
        load_if_exists=True,
        sampler=TPESampler(n_startup_trials=8, constant_liar=True, seed=plan.options.seed),
    )
    trials = study.get_trials(deepcopy=False)
    for trial in trials:
        if trial.state is TrialState.RUNNING:  # its search was killed
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
    if not trials:
        for start in _order_starts(plan):
            study.enqueue_trial(start)
    return study


def _order_starts(plan: SearchPlan) -> list[dict[str, Any]]:
    """Return the parameters to begin with: a cheap candidate of two recipes, then the others."""
    starts = [list_starts(recipe) for recipe in plan.recipes]
    first = [each[0] for each in starts[:_SOON]]
    later = [*starts[:1], *(each[:_LATER] for each in starts[1:_SOON])]
    later += [each[:2] for each in starts[_SOON:]]
    return first + [one for each in later for one in each if one not in first]


def _drop_partial_line(journal: Path) -> None:
    """Cut off a last line that a kill left incomplete."""
    if not journal.exists():
        return
    whole = journal.read_bytes().rpartition(b"\n")[0] + b"\n"
    if len(whole) < journal.stat().st_size:
        with journal.open("r+b") as file:
            file.truncate(len(whole))
