"""What is written between two rounds of boosting."""

from __future__ import annotations

import time
from collections.abc import Callable

from booster.rounds.evaluation_history import Course, Scores
from tandem.logs import logger, write_line

_QUIET_SECONDS = 30.0


def metric_line(number: int, scores: Scores) -> str:
    """Return `[number]<TAB>train-<metric>:<value><TAB>validation-<metric>:<value>`.

    This is the built-in algorithm's line, so its metric definitions match (Developer Guide, "Tune
    an XGBoost Model").
    """
    parts = [f"[{number}]"]
    for data_set, metrics in scores.items():
        parts += [f"{data_set}-{metric}:{value:.5f}" for metric, value in metrics.items()]
    return "\t".join(parts)


class Progress:
    """Writes the metric line of every round, and now and then how long it will take."""

    def __init__(
        self, rounds: int, done: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rounds = rounds
        self._done = done
        self._clock = clock
        self._began = self._told = clock()

    def after_round(self, course: Course) -> None:
        """Write what there is to say about the round just done."""
        write_line(metric_line(course.rounds - 1, course.scores(course.rounds - 1)))
        now = self._clock()
        if now - self._told < _QUIET_SECONDS or course.rounds == self._rounds:
            return
        self._told = now
        logger.info("%s", estimate(course.rounds, self._rounds, self._done, now - self._began))


def estimate(rounds: int, of: int, at_start: int, seconds: float) -> str:
    """Say how far a training is and how long the rest takes at the pace so far."""
    left = seconds / (rounds - at_start) * (of - rounds)
    return f"{rounds} of {of} rounds, {duration(left)} left"


def duration(seconds: float) -> str:
    """Write a time as a person would: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
