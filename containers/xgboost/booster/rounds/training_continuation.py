"""Continues the model of channel `model`, after comparing it with the job.

XGBoost accepts any model with any parameters: it drops the trees of another booster, and adds up
margins of other objectives that do not belong together. So the model is compared with the job.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xgboost as xgb

from booster.data.dataset import Dataset
from booster.model import booster_io, c_api
from booster.model.category_codes import read_categories
from booster.params.hyperparameters import (
    BOOSTER,
    ENABLE_CATEGORICAL,
    NUM_CLASS,
    OBJECTIVE,
    QUANTILE_ALPHA,
)
from booster.params.objectives import BY_NAME
from booster.params.training_config import TrainingConfig
from booster.params.xgboost_parameters import XGBOOST_PARAMETERS
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.training_job import Job
from tandem.errors import UserError, join_words
from tandem.logs import logger

_ONE, _ALL = "one_output_per_tree", "multi_output_tree"
# The hyperparameter, the model's value, the job's value, the remedy.
_Difference = tuple[str, str, str, str]


def load_start_model(job: Job, config: TrainingConfig, training: Dataset) -> bytes | None:
    """Return the model a job continues, in UBJSON; None where it has no channel `model`.

    Raises UserError when the job and the model contradict each other.
    """
    channel = job.optional_channel("model")
    if channel is None:
        if config.updates_model:
            raise UserError("hyperparameter 'process_type' is update, and needs a channel 'model'")
        return None
    booster = booster_io.load_from_channel(channel.folder(), job.unpacked_limit)
    check_model(booster, job.hyperparameters, training)
    booster.feature_names = None  # set on the finished model; matrices have none
    logger.info("beginning with a model of %d rounds", booster.num_boosted_rounds())
    return bytes(booster.save_raw("ubj"))


def describe_start_model(model: bytes | None) -> dict[str, str]:
    """Return the checksum of the model that a job continues; empty for none."""
    return {} if model is None else {"channel model": f"check sum {zlib.crc32(model):08x}"}


def check_model(booster: xgb.Booster, values: HyperparameterValues, training: Dataset) -> None:
    """Compare a model with a job. Raises UserError, naming the remedy, when they differ."""
    _check_features(booster, values, training)
    for name, model_value, job_value, remedy in _find_differences(booster, values):
        raise UserError(
            f"the model of channel 'model' has {name} {model_value}, and hyperparameter '{name}' is"
            f" {job_value}",
            remedy=remedy,
        )


def _check_features(booster: xgb.Booster, values: HyperparameterValues, training: Dataset) -> None:
    if booster.num_features() != training.width:
        raise UserError(
            f"the model of channel 'model' has {booster.num_features()} features,"
            f" and the training channel {training.width}"
        )
    categories = {category.place for category in read_categories(booster)}
    if categories and not values[ENABLE_CATEGORICAL]:
        raise UserError(
            "the model of channel 'model' has categorical features",
            remedy="Set hyperparameter 'enable_categorical' to true",
        )
    more = [c.place for c in training.categorical if c.place not in categories]
    if more:
        raise UserError(
            f"feature {training.feature_names[more[0]]!r} is a category in this job, and a number"
            " in the model of channel 'model'",
            remedy="Train it as a number, or begin without the model",
        )


def _find_differences(booster: xgb.Booster, values: HyperparameterValues) -> Iterator[_Difference]:
    learner = c_api.read_config(booster)
    kind, objective = c_api.read_kind(booster), str(learner["objective"]["name"])
    if kind != values[BOOSTER]:
        yield _make_difference(BOOSTER.name, kind, values[BOOSTER])
    mine = BY_NAME[values[OBJECTIVE]]
    if not mine.can_continue(objective):
        yield _make_difference(OBJECTIVE.name, objective, mine.name)
    model_param = learner["learner_model_param"]
    classes, num_class = int(model_param["num_class"]), values[NUM_CLASS] or 0
    if classes != num_class:
        yield _make_difference(NUM_CLASS.name, str(classes), str(num_class))
    yield from _compare_quantiles(learner["objective"], values)
    given = values.select_given(XGBOOST_PARAMETERS)
    yield from _compare_base_score(json.loads(model_param["base_score"]), given.get("base_score"))
    if kind != "gblinear":
        yield from _compare_trees(booster, learner["gradient_booster"], given)


def _compare_quantiles(
    objective: Mapping[str, Any], values: HyperparameterValues
) -> Iterator[_Difference]:
    quantiles = values[QUANTILE_ALPHA]
    model_quantiles = objective.get("quantile_loss_param", {}).get("quantile_alpha")
    if quantiles is None or model_quantiles is None:
        return
    has = np.ravel(np.asarray(json.loads(model_quantiles), dtype=np.float32))
    if not np.array_equal(has, np.asarray(quantiles, dtype=np.float32)):
        given = ",".join(f"{share:g}" for share in quantiles)
        yield _make_difference(
            QUANTILE_ALPHA.name, ",".join(f"{share:g}" for share in has.tolist()), given
        )


def _compare_base_score(has: float | list[float], given: float | None) -> Iterator[_Difference]:
    scores = np.ravel(np.asarray(has, dtype=np.float32))
    if given is not None and (scores != np.float32(given)).any():
        shown = join_words([f"{score:g}" for score in scores.tolist()], "and")
        remedy = "Leave 'base_score' out: the model's trees were grown on its own"
        yield "base_score", shown, f"{given:g}", remedy


def _compare_trees(
    booster: xgb.Booster, gradient: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[_Difference]:
    parameters = gradient.get("gbtree", gradient)["gbtree_model_param"]  # dart's trees are gbtree's
    has = int(parameters["num_parallel_tree"])
    if given.get("num_parallel_tree", has) != has:
        yield _make_difference("num_parallel_tree", str(has), str(given["num_parallel_tree"]))
    job_strategy = str(given.get("multi_strategy", _ONE))
    strategy = _read_strategy(booster)
    if strategy not in {None, job_strategy}:
        yield _make_difference("multi_strategy", str(strategy), job_strategy)


def _read_strategy(booster: xgb.Booster) -> str | None:
    gradient = c_api.read_document(booster)["gradient_booster"]
    trees = gradient.get("gbtree", gradient)["model"]["trees"]
    if not trees:
        return None
    return _ALL if int(trees[0]["tree_param"]["size_leaf_vector"]) > 1 else _ONE


def _make_difference(name: str, model_value: str, job_value: str) -> _Difference:
    return name, model_value, job_value, f"Set it to {model_value}, or begin without the model"
