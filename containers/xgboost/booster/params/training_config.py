"""A job's hyperparameters, resolved against its data: the configuration of the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xgboost as xgb

from booster.params import metrics, objectives
from booster.params.constraints import format_interaction, format_monotone
from booster.params.hyperparameters import (
    BOOSTER,
    EARLY_STOPPING_ROUNDS,
    EVAL_METRIC,
    EXTERNAL_MEMORY,
    EXTRA,
    INTERACTION,
    KEPT_METRIC,
    MONOTONE,
    NUM_CLASS,
    NUM_ROUND,
    OBJECTIVE,
    QUANTILE_ALPHA,
    TUNING_METRIC,
)
from booster.params.metrics import JobMetric
from booster.params.objectives import Objective
from booster.params.xgboost_parameters import XGBOOST_PARAMETERS
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.errors import UserError
from tandem.logs import logger

WATCHED_SET = "validation"


@dataclass(frozen=True)
class TrainingConfig:
    """The configuration of a training; `watched` is the metric of early stopping or tuning.

    `external` keeps the matrices in files; None decides by the available memory. `tuned` is true
    where a tuning job optimises the watched metric. `kept` chooses among the rounds from the best
    one of `watched` on.
    """

    parameters: dict[str, Any]
    rounds: int
    objective: Objective
    metrics: tuple[JobMetric, ...]
    watched: JobMetric
    patience: int | None
    external: bool | None = None
    tuned: bool = False
    kept: JobMetric | None = None

    @property
    def metric_decides(self) -> bool:
        """Whether the watched metric decides something: when to stop, or which job is best."""
        return self.patience is not None or self.tuned

    @property
    def linear(self) -> bool:
        """Whether the model is linear, and has no trees."""
        return bool(self.parameters["booster"] == "gblinear")

    @property
    def updates_model(self) -> bool:
        """Whether rounds update the trees of an existing model."""
        return bool(self.parameters.get("process_type") == "update")

    @property
    def sampled(self) -> bool:
        """Whether a round samples rows or columns."""
        return any(
            self.parameters.get(name, 1) < 1
            for name in ("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode")
        )

    @property
    def quantised(self) -> bool:
        """Whether training needs only the bins of the values."""
        method = self.parameters.get("tree_method", "auto")
        return not self.linear and method in {"auto", "hist"} and "updater" not in self.parameters


def resolve_config(
    values: HyperparameterValues, names: Sequence[str] | None, width: int
) -> TrainingConfig:
    """Return a job's configuration. Raises UserError when hyperparameters contradict each other."""
    objective = objectives.BY_NAME[values[OBJECTIVE]]
    given = values.select_given(XGBOOST_PARAMETERS)
    power = float(given.get("tweedie_variance_power", 1.5))
    metric_names = [*values[EVAL_METRIC]]
    tuned, kept = _find_tuned_metric(values), _find_kept_metric(values)
    if kept:
        metric_names = metric_names or [objective.metric]
    further = [name for name in (tuned, kept) if name]
    job_metrics = metrics.resolve_metrics([*metric_names, *further], objective, power)
    (watched,) = metrics.resolve_metrics([tuned] if tuned else metric_names[-1:], objective, power)
    config = TrainingConfig(
        parameters=_build_parameters(values, given, job_metrics)
        | _build_constraints(values, names, width),
        rounds=values[NUM_ROUND],
        objective=objective,
        metrics=job_metrics,
        watched=watched,
        patience=values[EARLY_STOPPING_ROUNDS],
        tuned=tuned is not None,
        kept=metrics.resolve_metrics([kept], objective, power)[0] if kept else None,
        external={"true": True, "false": False}.get(values[EXTERNAL_MEMORY]),
    )
    if config.external and not config.quantised:
        raise UserError(
            "hyperparameter 'external_memory' is true, and this training needs the numbers"
            " themselves, not bins",
            remedy="Use tree_method hist without 'updater', or leave external_memory out",
        )
    return config


def _find_tuned_metric(values: HyperparameterValues) -> str | None:
    name = values[TUNING_METRIC]
    if name is None:
        return None
    data_set, _, metric = name.partition(":")
    if data_set in {"train", WATCHED_SET} and metric.partition("@")[0] in metrics.BY_NAME:
        return metric
    logger.warning("the tuning job looks at %r, which is no metric of this image", name)
    return None


def _find_kept_metric(values: HyperparameterValues) -> str | None:
    if values[KEPT_METRIC] is not None and values[EARLY_STOPPING_ROUNDS] is None:
        raise UserError(
            f"hyperparameter '{KEPT_METRIC.name}' chooses a round of early stopping, and there is"
            " none",
            remedy=f"Set {EARLY_STOPPING_ROUNDS.name}, or leave {KEPT_METRIC.name} out",
        )
    return values[KEPT_METRIC]


def _build_parameters(
    values: HyperparameterValues, given: dict[str, Any], job_metrics: Sequence[JobMetric]
) -> dict[str, Any]:
    extra, quantiles = values[EXTRA], values[QUANTILE_ALPHA]
    parameters = {
        **extra,
        **given,
        "booster": values[BOOSTER],
        "objective": values[OBJECTIVE],
        "validate_parameters": True,
        "verbosity": max(1, given.get("verbosity", 1)),  # its warnings become log lines
        # Each round's random numbers come from the seed and the round alone, so that a resumed
        # training draws the numbers an uninterrupted one draws.
        "seed_per_iteration": True,
    }
    if values[NUM_CLASS] is not None:
        parameters["num_class"] = values[NUM_CLASS]
    if quantiles is not None:
        parameters["quantile_alpha"] = list(quantiles)
    native = [*metrics.select_native(job_metrics).values()]
    parameters |= {"eval_metric": native} if native else {"disable_default_eval_metric": True}
    if "updater" in given:
        parameters["updater"] = ",".join(given["updater"])
    elif values[BOOSTER] == "gblinear":
        # XGBoost's default, shotgun, is not deterministic.
        parameters["updater"] = "coord_descent"
    _check_device(str(given.get("device", "cpu")))
    return parameters


def _check_device(device: str) -> None:
    if device != "cpu" and not xgb.build_info().get("USE_CUDA"):
        raise UserError(
            f"hyperparameter 'device' is {device}, and this image's XGBoost is built without CUDA",
            remedy="Leave it out, or use an image with the package 'xgboost'",
        )


def _build_constraints(
    values: HyperparameterValues, names: Sequence[str] | None, width: int
) -> dict[str, Any]:
    constraints = {}
    directions, groups = values[MONOTONE], values[INTERACTION]
    if directions is not None:
        constraints["monotone_constraints"] = format_monotone(directions, names, width)
    if groups is not None:
        constraints["interaction_constraints"] = format_interaction(groups, names, width)
    return constraints
