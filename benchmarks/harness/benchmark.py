"""What a benchmark is: candidates that take turns, and what is promised of their ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Figures = Mapping[str, float]
Measure = Callable[[], Figures]


@dataclass(frozen=True)
class Candidate:
    """One contender; a call of `measure` is one run and gives figures by name, units in them."""

    name: str
    measure: Measure


@dataclass(frozen=True)
class Goal:
    """A promise: the median over the rounds of candidate / baseline, for one figure.

    Without a baseline it is the figure itself. Holds when it is at most `most` and at least
    `least`. `summary` is its name among the goals of all benchmarks.
    """

    summary: str
    figure: str
    candidate: str
    baseline: str = ""
    most: float = float("inf")
    least: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What is to be run: candidates in turns, for so many rounds."""

    candidates: Sequence[Candidate]
    goals: Sequence[Goal] = ()
    rounds: int = 3
    about: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Benchmark:
    """A benchmark; `prepare` makes what it needs in a folder of its own and gives the plan.

    The folder stays from one call to the next, so that data are made once. One that is `slow` is
    run by its name alone.
    """

    name: str
    sentence: str
    prepare: Callable[[Path], Plan]
    slow: bool = False
