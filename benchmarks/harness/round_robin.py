"""Candidates take turns, so that a noisy minute of the machine meets all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.harness.benchmark import Candidate, Figures, Goal, Plan

Rounds = Mapping[str, Sequence[Figures]]


@dataclass(frozen=True)
class Spread:
    """Least, median and greatest of several values."""

    least: float
    median: float
    greatest: float

    def __str__(self) -> str:
        least, median, greatest = map(format_figure, (self.least, self.median, self.greatest))
        return f"{median} ({least} to {greatest})"


def format_figure(value: float) -> str:
    """Write a figure with as many digits as say something: 0.0123, 76.45, 14,500."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def summarize(values: Sequence[float]) -> Spread:
    """Summarise values, one at least."""
    return Spread(min(values), statistics.median(values), max(values))


def run_rounds(plan: Plan, tell: Callable[[str], None]) -> Rounds:
    """Run all candidates once a round, in an order that is turned round every other time."""
    found: dict[str, list[Figures]] = {candidate.name: [] for candidate in plan.candidates}
    for number in range(plan.rounds):
        for candidate in _order_candidates(plan.candidates, number):
            figures = candidate.measure()
            found[candidate.name].append(figures)
            told = ", ".join(f"{name} {format_figure(value)}" for name, value in figures.items())
            tell(f"  round {number + 1} of {plan.rounds}, {candidate.name}: {told}")
    return found


def summarize_rounds(rounds: Rounds) -> dict[str, dict[str, Spread]]:
    """Summarise every figure of every candidate."""
    return {
        candidate: {
            figure: summarize([figures[figure] for figures in runs if figure in figures])
            for figure in runs[0]
        }
        for candidate, runs in rounds.items()
    }


@dataclass(frozen=True)
class Verdict:
    """A goal and the ratio measured, round by round."""

    goal: Goal
    ratio: Spread

    @property
    def kept(self) -> bool:
        """Whether the median is within the goal."""
        return self.goal.least <= self.ratio.median <= self.goal.most

    @property
    def wanted(self) -> str:
        """The goal in words, "" where the ratio has none."""
        bounds = [f"at least {self.goal.least:g}"] if self.goal.least else []
        bounds += [f"at most {self.goal.most:g}"] if self.goal.most < float("inf") else []
        return " and ".join(bounds)

    @property
    def mark(self) -> str:
        """A tick or a cross; a dot without a goal."""
        if not self.wanted:
            return "·"
        return "✓" if self.kept else "✗"

    def __str__(self) -> str:
        wanted = f", goal {self.wanted}" if self.wanted else ""
        return f"{self.mark} {self.goal.summary}: {self.ratio}{wanted}"

    def to_json(self) -> dict[str, object]:
        """Return the verdict as JSON can hold it."""
        goal = {name: value for name, value in asdict(self.goal).items() if value != float("inf")}
        return {**goal, "ratio": asdict(self.ratio), "kept": self.kept}


def judge_goals(plan: Plan, rounds: Rounds) -> list[Verdict]:
    """Compare candidate and baseline within each round, where the noise is the same."""
    return [Verdict(goal, summarize(_list_ratios(goal, rounds))) for goal in plan.goals]


def _list_ratios(goal: Goal, rounds: Rounds) -> list[float]:
    mine = [figures[goal.figure] for figures in rounds[goal.candidate]]
    if not goal.baseline:
        return mine
    its = [figures[goal.figure] for figures in rounds[goal.baseline]]
    return [left / right for left, right in zip(mine, its, strict=True)]


def _order_candidates(candidates: Sequence[Candidate], number: int) -> Sequence[Candidate]:
    return candidates[::-1] if number % 2 else candidates
