"""Propose hyperparameters by random, grid, Bayesian or Hyperband search, with optuna.

Source: API, CreateHyperParameterTuningJob: `Strategy`, `StrategyConfig`, `ParameterRanges`.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState, create_trial

from local_test.service.resources.tuning.hyperband import Resources
from local_test.service.resources.tuning.ranges.parameter_ranges import (
    CATEGORICAL,
    CONTINUOUS,
    LOGARITHMIC,
    REVERSE,
    WHOLE,
    Ranges,
    choose_scale,
)

_FIRST = 3
"""Trials that must have ended before another one is stopped early."""
_STARTUP = 5
"""Random trials before the Bayesian ones, of which those of parents count."""


@dataclass(frozen=True)
class SearchedParameter:
    """A hyperparameter and the values it may take; a `reverse` one is searched as 1 - value."""

    name: str
    distribution: IntDistribution | FloatDistribution | CategoricalDistribution
    reverse: bool = False

    def format_value(self, value: float | str) -> str:
        """Return the text of a value that optuna proposed, as a container reads it."""
        if isinstance(value, float):
            return repr(1.0 - value if self.reverse else value)
        return str(value)

    def parse_value(self, text: str) -> float | str | None:
        """Return optuna's value of a text, None when it is not in the range."""
        bounds = self.distribution
        if isinstance(bounds, CategoricalDistribution):
            return text if text in bounds.choices else None
        try:
            number = float(text)
        except ValueError:
            return None
        number = 1.0 - number if self.reverse else number
        if not bounds.low <= number <= bounds.high:
            return None
        if isinstance(bounds, IntDistribution):
            return int(number) if number.is_integer() else None
        return number


def list_parameters(ranges: Ranges) -> list[SearchedParameter]:
    """Return the searched hyperparameters of checked ranges."""
    found: list[SearchedParameter] = []
    for one in ranges.get(WHOLE, ()):
        log = choose_scale(one) == LOGARITHMIC
        bounds = IntDistribution(int(one["MinValue"]), int(one["MaxValue"]), log=log)
        found.append(SearchedParameter(one["Name"], bounds))
    for one in ranges.get(CONTINUOUS, ()):
        least, most, scale = float(one["MinValue"]), float(one["MaxValue"]), choose_scale(one)
        reverse = scale == REVERSE
        low, high = (1.0 - most, 1.0 - least) if reverse else (least, most)
        found.append(
            SearchedParameter(
                one["Name"],
                FloatDistribution(low, high, log=reverse or scale == LOGARITHMIC),
                reverse,
            )
        )
    found += [
        SearchedParameter(one["Name"], CategoricalDistribution(list(one["Values"])))
        for one in ranges.get(CATEGORICAL, ())
    ]
    return found


class HyperparameterSearch:
    """Proposes hyperparameters and learns from the results of trials; for one thread.

    `max_trials` is the number of points of a grid, None for other strategies. With `resources`
    trials are stopped by Hyperband, with `early` by the median rule; without both none is hopeless.
    """

    def __init__(
        self,
        strategy: str,
        ranges: Ranges,
        *,
        maximize: bool,
        early: bool,
        seed: int | None,
        resources: Resources | None = None,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler: BaseSampler = RandomSampler(seed)
        if strategy in {"Bayesian", "Hyperband"}:
            sampler = TPESampler(n_startup_trials=_STARTUP, constant_liar=True, seed=seed)
        direction = StudyDirection.MAXIMIZE if maximize else StudyDirection.MINIMIZE
        self._study = optuna.create_study(
            direction=direction, sampler=sampler, pruner=_make_pruner(resources, early=early)
        )
        self._resources = resources
        self._reported: Counter[int] = Counter()
        self._parameters = list_parameters(ranges)
        self._points = _list_grid(ranges) if strategy == "Grid" else []
        self.max_trials = len(self._points) if strategy == "Grid" else None

    def add_result(self, hyperparameters: Mapping[str, str], value: float) -> bool:
        """Learn the objective value of a trial of another job.

        Return False, and learn nothing, when it lacks a hyperparameter of this search, or has a
        value outside of its range.
        """
        return self._add_trial(hyperparameters, value, TrialState.COMPLETE, {})

    def restore_trial(
        self,
        hyperparameters: Mapping[str, str],
        value: float | None,
        values: Sequence[float],
        *,
        stopped: bool,
    ) -> None:
        """Take up a trial that ended before the service started again.

        `value` is the last one of its objective, None without one, `values` are all of them.
        `stopped`: it was stopped before its end.
        """
        if dict(hyperparameters) in self._points:
            self._points.remove(dict(hyperparameters))
        first = 1 if self._resources else 0
        reported = dict(enumerate(values, first))
        is_whole = self._resources is not None and len(values) >= self._resources.most
        state = TrialState.PRUNED if stopped and not is_whole else TrialState.COMPLETE
        if value is None:
            state = TrialState.FAIL
        self._add_trial(hyperparameters, value, state, reported)

    def _add_trial(
        self,
        hyperparameters: Mapping[str, str],
        value: float | None,
        state: TrialState,
        reported: dict[int, float],
    ) -> bool:
        parameters = {}
        for one in self._parameters:
            found = (
                one.parse_value(hyperparameters[one.name]) if one.name in hyperparameters else None
            )
            if found is None:
                return False
            parameters[one.name] = found
        distributions: dict[str, BaseDistribution] = {
            one.name: one.distribution for one in self._parameters
        }
        trial = create_trial(
            state=state,
            params=parameters,
            distributions=distributions,
            value=value,
            intermediate_values=reported,
        )
        self._study.add_trial(trial)
        return True

    def propose(self) -> tuple[Trial, dict[str, str]]:
        """Return a new trial and its hyperparameters, as the texts that a container reads."""
        if self._points:
            self._study.enqueue_trial(self._points.pop(0))
        trial = self._study.ask({one.name: one.distribution for one in self._parameters})
        return trial, {
            one.name: one.format_value(trial.params[one.name]) for one in self._parameters
        }

    def report(self, trial: Trial, values: Sequence[float]) -> None:
        """Report all objective values of a trial up to now."""
        for step in range(self._reported[trial.number], len(values)):
            # Hyperband counts resources that were spent, the median rule steps from 0.
            trial.report(values[step], step + 1 if self._resources else step)
        self._reported[trial.number] = len(values)

    def is_hopeless(self, trial: Trial) -> bool:
        """Return True if a trial is worse than others after as many values."""
        return self._reported[trial.number] > 0 and trial.should_prune()

    def has_used_up(self, trial: Trial) -> bool:
        """Return True if a trial has reached the MaxResource of Hyperband."""
        resources = self._resources
        return resources is not None and self._reported[trial.number] >= resources.most

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


def _list_grid(ranges: Ranges) -> list[dict[str, str]]:
    parameters = ranges[CATEGORICAL]
    names = [item["Name"] for item in parameters]
    points = itertools.product(*(item["Values"] for item in parameters))
    return [dict(zip(names, point, strict=True)) for point in points]


def _make_pruner(resources: Resources | None, *, early: bool) -> BasePruner:
    if resources is not None:
        return HyperbandPruner(resources.least, resources.most)
    return MedianPruner(_FIRST, 1) if early else NopPruner()
