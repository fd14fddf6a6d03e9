"""A job's channels as data sets: what its files hold, and what else tells of their columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from booster.data import channel_reader
from booster.data.categorical_columns import Choice
from booster.data.dataset import Dataset
from booster.data.labels import Labels
from booster.model import booster_io
from booster.model.category_codes import Categorical, kept
from booster.params import objectives
from booster.params.hyperparameters import (
    CATEGORICAL_FEATURES,
    CSV_WEIGHTS,
    EARLY_STOPPING_ROUNDS,
    ENABLE_CATEGORICAL,
    KFOLD,
    MISSING_TARGET,
    NUM_CLASS,
    OBJECTIVE,
    SINGLE_QUERY,
)
from booster.params.objectives import Task
from booster.params.training_config import Recipe
from tandem.contract.training_job import Channel, Job
from tandem.data import feature_list
from tandem.data.categories import Categories
from tandem.data.feature_list import FeatureList
from tandem.data.tables import NoRow
from tandem.errors import UserError
from tandem.logs import logger


@dataclass(frozen=True)
class _Known:
    """What a job knows of its columns before it reads its data; `codes` are those of a model."""

    listed: FeatureList | None = None
    codes: Categorical = ()


def read(job: Job) -> dict[str, Dataset]:
    """Read the channels; nothing where one of several hosts was given no training row.

    What the columns are is then what this host's files say; `accord` settles it for all hosts.
    Raises UserError where they contradict each other or the job, and BadData for what cannot be
    read.
    """
    channel = job.channel("train", "training")
    several = len(job.hosts) > 1
    if several and channel.empty:
        return {}
    try:
        training = _training(job, channel)
    except NoRow:
        if not several:
            raise
        return {}
    held = job.optional_channel("validation")
    if held is None:
        stops = job.hyperparameters[EARLY_STOPPING_ROUNDS] is not None
        if stops and job.hyperparameters[KFOLD] is None:
            raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
        return {"train": training}
    if not (several and held.empty):
        try:
            return {"train": training, "validation": _validation(job, held, training)}
        except NoRow:
            if not several:
                raise
    return {"train": training, "validation": training.rows(np.arange(0))}


def _training(job: Job, channel: Channel) -> Dataset:
    known = _known(job)
    names = known.listed.names if known.listed else None
    choice = _choice(job, known)
    training = channel_reader.read(
        channel,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=None if names is None else len(names),
        names=names,
        choice=choice,
        ranked=_ranked(job),
        labels=_labels(job),
    )
    if training.names is not None and len(training.names) != training.width:
        raise UserError(
            f"channel '{channel.name}' has {training.width} features, and {len(training.names)}"
            " names are known of the job's channel 'model' or 'features'",
            remedy="Give the files and the list of one and the same transform",
        )
    return replace(training, categorical=_with(known.codes, training.categorical))


def _with(before: Categorical, now: Categorical) -> Categorical:
    """Count the codes that the model a job goes on from has seen as well."""
    counts = {c.place: c.count or 0 for c in before if c.texts is None}
    return tuple(
        replace(c, count=max(c.count or 0, counts.get(c.place, 0))) if c.texts is None else c
        for c in now
    )


def _validation(job: Job, held: Channel, training: Dataset) -> Dataset:
    several = len(job.hosts) > 1
    # Other hosts may know features, and categories, that this one's training files lack.
    opened = several and training.grows
    validation = channel_reader.read(
        held,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=None if opened else training.width,
        names=training.names,
        choice=_held_choice(job, training, several=several),
        ranked=_ranked(job),
        labels=_labels(job),
    )
    if validation.width != training.width and not opened:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    return validation


def _ranked(job: Job) -> bool:
    return objectives.BY_NAME[job.hyperparameters[OBJECTIVE]].task is Task.RANK


def _labels(job: Job) -> Labels:
    objective = objectives.BY_NAME[job.hyperparameters[OBJECTIVE]]
    leave_out = job.hyperparameters[MISSING_TARGET] == "leave_out"
    return Labels(objective, job.hyperparameters[NUM_CLASS], leave_out)


def _known(job: Job) -> _Known:
    """Ask the model a job goes on from, or else the list in channel `features`."""
    given, listed = job.optional_channel("model"), job.optional_channel("features")
    found = feature_list.load(listed.folder(), job.unpacked_limit) if listed else None
    if given is None:
        return _Known(found)
    booster = booster_io.given(given.folder(), job.unpacked_limit)
    categories = kept(booster)
    names = tuple(booster.feature_names or ())
    if names:
        texts = {names[c.place]: c.texts for c in categories if c.texts}
        found = FeatureList(names, texts)
    return _Known(found, categories)


def _choice(job: Job, known: _Known) -> Choice | None:
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return None
    listed = known.listed.categories if known.listed else {}
    wanted = (*job.hyperparameters[CATEGORICAL_FEATURES], *(str(c.place) for c in known.codes))
    return Choice(wanted, Categories(listed, learns=True))


def _held_choice(job: Job, training: Dataset, *, several: bool) -> Choice | None:
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return None
    names = training.names or ()
    known = {names[c.place]: c.texts for c in training.categorical if c.texts and names}
    if several:
        titles = names or [str(place) for place in range(training.width)]
        wanted = [titles[c.place] for c in training.categorical]
        return Choice(wanted, Categories(known, learns=True))
    return Choice((), Categories(known), training.categorical)


def weighed(sets: dict[str, Dataset], plan: Recipe) -> dict[str, Dataset]:
    """Return the data sets with weights of queries in a ranking, and else of rows, without queries.

    Raises UserError for a metric that would weigh the other of the two.
    """
    if not any(held.weight is not None and held.group is not None for held in sets.values()):
        return sets
    ranks = plan.objective.task is Task.RANK
    for judge in (*plan.metrics, plan.watched):
        if not judge.weighs(queries=ranks):
            raise UserError(
                f"metric '{judge.name}' weighs {'rows' if ranks else 'queries'}, and the weights of"
                f" objective {plan.objective.name} are those of {'queries' if ranks else 'rows'}",
                remedy="Leave out the metric, or the weights",
            )
    if ranks:
        return sets
    logger.warning("objective %s weighs rows: queries are left out", plan.objective.name)
    return {name: replace(held, group=None) for name, held in sets.items()}


def check_queries(job: Job, sets: dict[str, Dataset], plan: Recipe) -> None:
    """Raise UserError where a ranking has rows without queries, and the job does not say why."""
    if plan.objective.task is not Task.RANK or job.hyperparameters[SINGLE_QUERY]:
        return
    for name, held in sets.items():
        if held.group is None:
            raise UserError(
                f"objective {plan.objective.name} ranks the rows of a query, and channel '{name}'"
                " has no queries",
                remedy="Give each row its query, as qid:<number> in text/libsvm, or set"
                " hyperparameter 'single_query' to true where all rows are of one query",
            )


def tell(job: Job, training: Dataset) -> None:
    """Log which features are categories."""
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return
    if not training.categorical:
        logger.warning("enable_categorical is set, and no feature is a category")
        return
    titles = training.feature_names
    told = [f"{titles[c.place]} ({c.count} categories)" for c in training.categorical]
    logger.info("categorical: %s", ", ".join(told))
