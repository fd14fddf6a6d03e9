"""Candidates and their order: the leaderboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_test.automl.data.problem import Objective

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

_MOST_LINES = 10
STATES = {"COMPLETE": "Completed", "PRUNED": "Stopped", "FAIL": "Failed", "RUNNING": "InProgress"}


@dataclass(frozen=True)
class SearchCandidate:
    """A candidate: what it is made of, and what came of it; `score` is None without one.

    `job` is the training job that trained it, and `seconds` are those of its own training.
    `rounds` are those that each of its models keeps.
    One that is `cut_off` was stopped because the search ended, and not for its losses.
    """

    number: int
    name: str
    recipe: str
    booster: str
    hyperparameters: Mapping[str, str]
    state: str
    cut_off: bool = False
    score: float | None = None
    seconds: float = 0.0
    failure: str = ""
    losses: Sequence[float] = ()
    rounds: Sequence[int] = ()
    job: str = ""

    @property
    def trained(self) -> int:
        """The rounds that a model of it took on the average, with those after the best one."""
        if not self.rounds:
            return 0
        patience = int(self.hyperparameters.get("early_stopping_rounds", 0))
        most = int(self.hyperparameters["num_round"])
        return round(sum(min(one + patience, most) for one in self.rounds) / len(self.rounds))


def read_candidate(trial: "FrozenTrial") -> SearchCandidate:
    """Return the candidate of a trial of the study."""
    facts: dict[str, Any] = trial.user_attrs
    cut_off = trial.state.name == "FAIL" and not facts.get("failure")
    return SearchCandidate(
        number=trial.number,
        name=facts.get("name", ""),
        job=facts.get("job", ""),
        recipe=facts.get("recipe", ""),
        booster=facts.get("booster", ""),
        hyperparameters=facts.get("hyperparameters", {}),
        state="Stopped" if cut_off else STATES.get(trial.state.name, "InProgress"),
        cut_off=cut_off,
        score=facts.get("score"),
        seconds=facts.get("seconds", 0.0),
        failure=facts.get("failure", ""),
        losses=facts.get("losses", ()),
        rounds=facts.get("rounds", ()),
    )


def rank(candidates: Sequence[SearchCandidate], objective: Objective) -> list[SearchCandidate]:
    """Return the completed candidates, the best first."""
    scored = [one for one in candidates if one.state == "Completed" and one.score is not None]
    return sorted(scored, key=lambda one: one.score or 0.0, reverse=objective.maximize)


def format_leaderboard(candidates: Sequence[SearchCandidate], objective: Objective) -> list[str]:
    """Return the best candidates as lines of text."""
    lines = [f"{'':>4}  {objective.name:>12}  {'recipe':<12}{'booster':<10}{'seconds':>8}"]
    for place, one in enumerate(rank(candidates, objective)[:_MOST_LINES], start=1):
        lines.append(
            f"{place:>4}  {one.score:>12.6g}  {one.recipe:<12}{one.booster:<10}{one.seconds:>8.1f}"
        )
    return lines
