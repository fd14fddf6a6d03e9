"""Propose hyperparameters by random, grid or Bayesian search, with optuna.

Source: API, CreateHyperParameterTuningJob: `Strategy`, `ParameterRanges`.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState

from local_test.service.resources.tuning.parameter_ranges import Ranges

_FIRST = 3
"""Trials that must have ended before another one is stopped early."""


class HyperparameterSearch:
    """Proposes hyperparameters and learns from the results of trials; for one thread.

    `max_trials` is the number of points of a grid, None for other strategies.
    """

    def __init__(
        self, strategy: str, ranges: Ranges, *, maximize: bool, early: bool, seed: int | None
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler: BaseSampler = RandomSampler(seed)
        if strategy == "Bayesian":
            sampler = TPESampler(n_startup_trials=5, constant_liar=True, seed=seed)
        pruner: BasePruner = MedianPruner(_FIRST, 1) if early else NopPruner()
        direction = StudyDirection.MAXIMIZE if maximize else StudyDirection.MINIMIZE
        self._study = optuna.create_study(direction=direction, sampler=sampler, pruner=pruner)
        self._reported: Counter[int] = Counter()
        self._ranges = ranges
        self.max_trials: int | None = None
        if strategy == "Grid":
            self.max_trials = self._enqueue_grid()

    def _enqueue_grid(self) -> int:
        parameters = self._ranges["CategoricalParameterRanges"]
        names = [item["Name"] for item in parameters]
        points = list(itertools.product(*(item["Values"] for item in parameters)))
        for point in points:
            self._study.enqueue_trial(dict(zip(names, point, strict=True)))
        return len(points)

    def propose(self) -> tuple[Trial, dict[str, str]]:
        """Return a new trial and its hyperparameters, as the texts that a container reads."""
        trial = self._study.ask()
        hyperparameters = {}
        for definition in self._ranges.get("IntegerParameterRanges", ()):
            least, most = int(definition["MinValue"]), int(definition["MaxValue"])
            number = trial.suggest_int(
                definition["Name"], least, most, log=_is_logarithmic(definition)
            )
            hyperparameters[definition["Name"]] = str(number)
        for definition in self._ranges.get("ContinuousParameterRanges", ()):
            low, high = float(definition["MinValue"]), float(definition["MaxValue"])
            value = trial.suggest_float(
                definition["Name"], low, high, log=_is_logarithmic(definition)
            )
            hyperparameters[definition["Name"]] = repr(value)
        for definition in self._ranges.get("CategoricalParameterRanges", ()):
            hyperparameters[definition["Name"]] = trial.suggest_categorical(
                definition["Name"], list(definition["Values"])
            )
        return trial, hyperparameters

    def report(self, trial: Trial, values: Sequence[float]) -> None:
        """Report all objective values of a trial up to now."""
        for step in range(self._reported[trial.number], len(values)):
            trial.report(values[step], step)
        self._reported[trial.number] = len(values)

    def is_hopeless(self, trial: Trial) -> bool:
        """Return True if a trial is worse than the median of the others after as many values."""
        return self._reported[trial.number] > 0 and trial.should_prune()

    def finish_trial(self, trial: Trial, value: float | None, *, stopped: bool) -> None:
        """Record the end of a trial: its objective value, None if it has none.

        `stopped`: the trial was stopped early.
        """
        if value is None:
            self._study.tell(trial, state=TrialState.FAIL)
        elif stopped:
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, value)


def _is_logarithmic(definition: Mapping[str, Any]) -> bool:
    return bool(definition.get("ScalingType") == "Logarithmic")
