"""A job's channels as data sets: what its files hold, and what else tells of their columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from booster import artifact, data
from booster.categorical import Choice, kept
from booster.data import Dataset
from booster.hyperparameters import (
    CATEGORICAL_FEATURES,
    CSV_WEIGHTS,
    EARLY_STOPPING_ROUNDS,
    ENABLE_CATEGORICAL,
    KFOLD,
)
from tandem.data import feature_list
from tandem.data.categories import Categories
from tandem.data.feature_list import FeatureList
from tandem.errors import UserError
from tandem.job import Channel, Job
from tandem.logs import logger


@dataclass(frozen=True)
class _Known:
    """What a job knows of its columns before it reads its data; codes are those of a model."""

    listed: FeatureList | None = None
    codes: tuple[str, ...] = field(default_factory=tuple)


def read(job: Job) -> dict[str, Dataset]:
    """Read the channels; nothing where one of several hosts was given no training file.

    Raises UserError where they contradict each other or the job, and BadData for what cannot be
    read.
    """
    channel = job.channel("train", "training")
    several = len(job.hosts) > 1
    if several and channel.empty:
        return {}
    training = _training(job, channel)
    held = job.optional_channel("validation")
    if held is None:
        stops = job.hyperparameters[EARLY_STOPPING_ROUNDS] is not None
        if stops and job.hyperparameters[KFOLD] is None:
            raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
        return {"train": training}
    if several and held.empty:
        return {"train": training, "validation": training.rows(np.arange(0))}
    return {"train": training, "validation": _validation(job, held, training)}


def _training(job: Job, channel: Channel) -> Dataset:
    known = _known(job)
    names = known.listed.names if known.listed else None
    choice = _choice(job, known)
    training = data.read(
        channel,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=None if names is None else len(names),
        names=names,
        choice=choice,
    )
    if training.names is not None and len(training.names) != training.width:
        raise UserError(
            f"channel '{channel.name}' has {training.width} features, and {len(training.names)}"
            " names are known of the job's channel 'model' or 'features'",
            remedy="Give the files and the list of one and the same transform",
        )
    if choice is not None:
        _tell(job, choice, training)
    return training


def _validation(job: Job, held: Channel, training: Dataset) -> Dataset:
    names = training.names or ()
    known = {names[c.place]: c.texts for c in training.categorical if c.texts and names}
    choice = None
    if job.hyperparameters[ENABLE_CATEGORICAL]:
        choice = Choice((), Categories(known), training.categorical)
    validation = data.read(
        held,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=training.width,
        names=training.names,
        choice=choice,
    )
    if validation.width != training.width:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    return validation


def _known(job: Job) -> _Known:
    """Ask the model a job goes on from, or else the list in channel `features`."""
    given, listed = job.optional_channel("model"), job.optional_channel("features")
    found = feature_list.load(listed.folder()) if listed else None
    if given is None:
        return _Known(found)
    booster = artifact.given(given.folder())
    categories = kept(booster)
    names = tuple(booster.feature_names or ())
    if names:
        texts = {names[c.place]: c.texts for c in categories if c.texts}
        found = FeatureList(names, texts)
    return _Known(found, tuple(str(c.place) for c in categories))


def _choice(job: Job, known: _Known) -> Choice | None:
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return None
    listed = known.listed.categories if known.listed else {}
    wanted = (*job.hyperparameters[CATEGORICAL_FEATURES], *known.codes)
    return Choice(wanted, Categories(listed, learns=True))


def _tell(job: Job, choice: Choice, training: Dataset) -> None:
    if not training.categorical:
        logger.warning("enable_categorical is set, and no feature is a category")
        return
    if len(job.hosts) > 1 and choice.categories.met:
        raise UserError(
            "a file has categories that no list has, and each host would count them its own way",
            remedy="List the categories in features.json, in a channel 'features'",
        )
    titles = training.feature_names
    told = [f"{titles[c.place]} ({c.count} categories)" for c in training.categorical]
    logger.info("categorical: %s", ", ".join(told))
