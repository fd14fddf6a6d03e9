"""The log lines between two rounds of boosting."""

from __future__ import annotations

import time
from collections.abc import Callable

from booster.rounds.evaluation_history import EvaluationHistory, Scores
from tandem.logs import logger, write_line

_QUIET_SECONDS = 30.0


def format_metric_line(number: int, scores: Scores) -> str:
    """Return `[number]<TAB>train-<metric>:<value><TAB>validation-<metric>:<value>`.

    This is the built-in algorithm's line, so its metric definitions match (Developer Guide, "Tune
    an XGBoost Model").
    """
    parts = [f"[{number}]"]
    for data_set, metrics in scores.items():
        parts += [f"{data_set}-{metric}:{value:.5f}" for metric, value in metrics.items()]
    return "\t".join(parts)


class ProgressLog:
    """Logs the metric line of every round, and every 30 seconds the remaining time."""

    def __init__(
        self, rounds: int, done: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rounds = rounds
        self._done = done
        self._clock = clock
        self._started = self._last_logged = clock()

    def after_round(self, course: EvaluationHistory) -> None:
        """Log the metrics of the newest round."""
        write_line(format_metric_line(course.rounds - 1, course.select_scores(course.rounds - 1)))
        now = self._clock()
        if now - self._last_logged < _QUIET_SECONDS or course.rounds == self._rounds:
            return
        self._last_logged = now
        logger.info(
            "%s", format_progress(course.rounds, self._rounds, self._done, now - self._started)
        )


def format_progress(rounds: int, total: int, resumed_at: int, seconds: float) -> str:
    """Return how many rounds are done, and the time left at the pace so far; times in seconds."""
    left = seconds / (rounds - resumed_at) * (total - rounds)
    return f"{rounds} of {total} rounds, {format_duration(left)} left"


def format_duration(seconds: float) -> str:
    """Format seconds for people: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
