"""When a tuning job is complete before all its training jobs have run.

Source: API, TuningJobCompletionCriteria. How the service detects convergence is not published: here
a search has converged when the best value has improved by less than 1 % over the last ten jobs that
ended, or the last quarter of them if that is more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_LEAST_JOBS = 10
_SHARE = 4
_LEAST_GAIN = 0.01


@dataclass
class CompletionCriteria:
    """The criteria of a tuning job and the best values so far, one for each job that ended.

    `is_better(a, b)` compares two values of the objective.
    """

    target: float | None
    patience: int | None
    until_convergence: bool
    is_better: Callable[[float, float], bool]
    not_improving: int = 0
    _best: list[float] = field(default_factory=list)

    def add_value(self, value: float) -> bool:
        """Add the objective value of a job that ended; return whether it is the best one."""
        improved = not self._best or self.is_better(value, self._best[-1])
        self._best.append(value if improved else self._best[-1])
        self.not_improving = 0 if improved else self.not_improving + 1
        return improved

    def has_converged(self) -> bool:
        """Return whether the best value has stopped improving, where the job ends by that."""
        last = max(_LEAST_JOBS, len(self._best) // _SHARE)
        if not self.until_convergence or len(self._best) <= last:
            return False
        before, now = self._best[-1 - last], self._best[-1]
        return abs(now - before) <= _LEAST_GAIN * abs(before)

    def is_complete(self) -> bool:
        """Return whether no further training job is to be run."""
        if not self._best:
            return False
        reached = self.target is not None and not self.is_better(self.target, self._best[-1])
        stagnates = self.patience is not None and self.not_improving >= self.patience
        return reached or stagnates or self.has_converged()


def read_criteria(
    config: Mapping[str, Any], is_better: Callable[[float, float], bool]
) -> CompletionCriteria:
    """Read the criteria of a tuning job's configuration."""
    given = config.get("TuningJobCompletionCriteria", {})
    return CompletionCriteria(
        given.get("TargetObjectiveMetricValue"),
        given.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving"),
        given.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled",
        is_better,
    )
