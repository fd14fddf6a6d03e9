"""`train`: reads the channels, boosts round by round, keeps the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import xgboost as xgb

from booster import data
from booster.artifact import save
from booster.hyperparameters import (
    CSV_WEIGHTS,
    EARLY_STOPPING_ROUNDS,
    EVAL_METRIC,
    NUM_CLASS,
    NUM_ROUND,
    OBJECTIVE,
    PASSED_ON,
)
from booster.rounds import MetricLines, StopOnRequest
from tandem.errors import Stopped, UserError
from tandem.hyperparameters import Values
from tandem.job import Job
from tandem.logs import logger

# The library's own sentence stands between the place in its source and its native stack trace.
_LIBRARY_SENTENCE = re.compile(r"^(?:\[[^\]]*\]\s*)?(?:\S+:\d+:\s*)?(?:Check failed:\s*)?(.*)")


def train(job: Job) -> None:
    """Train as the job says and write `xgboost-model`.

    Raises UserError for what the user can mend, and Stopped, once the model so far is written,
    when the platform asked for an end.
    """
    values = job.hyperparameters
    parameters = _parameters(values)
    matrices = _matrices(job, parameters)
    job.stop.check()
    interruption = StopOnRequest(job.stop)
    try:
        booster = xgb.train(
            parameters,
            matrices["train"],
            num_boost_round=values[NUM_ROUND],
            evals=[(matrix, name) for name, matrix in matrices.items()],
            callbacks=[MetricLines(), *_early_stopping(values, matrices), interruption],
            verbose_eval=False,
        )
    except xgb.core.XGBoostError as error:
        raise UserError(f"XGBoost refuses this job: {_sentence(error)}") from error
    save(booster, job.model_dir)
    logger.info("kept %d rounds", booster.num_boosted_rounds())
    if interruption.happened:
        rounds = booster.num_boosted_rounds()
        raise Stopped(f"stopped on request; the model of {rounds} rounds is kept")


def _parameters(values: Values) -> dict[str, Any]:
    objective = values[OBJECTIVE]
    classes = values[NUM_CLASS]
    if objective.startswith("multi:") and classes is None:
        raise UserError(f"hyperparameter 'num_class' is required by objective {objective}")
    parameters = {"objective": objective, **values.as_given(PASSED_ON)}
    if classes is not None:
        parameters["num_class"] = classes
    metrics = values[EVAL_METRIC]
    if metrics:
        parameters["eval_metric"] = list(metrics)
    return parameters


def _matrices(job: Job, parameters: Mapping[str, Any]) -> dict[str, xgb.DMatrix]:
    weights = job.hyperparameters[CSV_WEIGHTS]
    training = data.read(job.channel("train", "training"), weights=weights)
    channel = job.optional_channel("validation")
    validation = data.read(channel, weights=weights, width=training.width) if channel else None
    if validation is not None and validation.width != training.width:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    sets = {"train": training} | ({"validation": validation} if validation else {})
    if parameters.get("tree_method", "auto") in {"exact", "approx"}:
        return {name: dataset.plain_matrix() for name, dataset in sets.items()}
    max_bin = int(parameters.get("max_bin", 256))
    first = training.matrix(None, max_bin)
    rest = {"validation": validation.matrix(first, max_bin)} if validation else {}
    return {"train": first, **rest}


def _early_stopping(
    values: Values, matrices: Mapping[str, xgb.DMatrix]
) -> list[xgb.callback.TrainingCallback]:
    patience = values[EARLY_STOPPING_ROUNDS]
    if patience is None:
        return []
    if "validation" not in matrices:
        raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
    return [xgb.callback.EarlyStopping(patience, data_name="validation", save_best=True)]


def _sentence(error: xgb.core.XGBoostError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in lines if not line.startswith("Stack trace")), "no reason given")
    found = _LIBRARY_SENTENCE.match(text)
    return (found.group(1) if found else text).rstrip(".")
