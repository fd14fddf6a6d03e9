"""Reads a job's channels as data sets, with what the job knows about their columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from booster.data import channel_reader
from booster.data.categorical_columns import CategoricalColumns
from booster.data.dataset import Dataset
from booster.data.labels import LabelChecker
from booster.model import booster_io
from booster.model.category_codes import Categorical, read_categories
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
from booster.params.objectives import LearningTask
from booster.params.training_config import TrainingConfig
from tandem.contract.training_job import Channel, Job
from tandem.data import feature_list
from tandem.data.categories import Categories
from tandem.data.feature_list import FeatureList
from tandem.data.tables import NoRow
from tandem.errors import UserError
from tandem.logs import logger


@dataclass(frozen=True)
class _KnownColumns:
    """What a job knows about its columns before reading data; `categorical` are a model's."""

    feature_list: FeatureList | None = None
    categorical: Categorical = ()


def read_channels(job: Job) -> dict[str, Dataset]:
    """Read the channels by data set: `train`, and `validation` where there is one.

    Empty on one of several hosts that has no training row. The columns are those of this host's
    files; `distributed.schema_agreement` makes them the same on all hosts. Raises UserError when
    the channels contradict each other or the job, and BadData when a file cannot be read.
    """
    channel = job.channel("train", "training")
    several = len(job.hosts) > 1
    if several and channel.empty:
        return {}
    try:
        training = _read_training(job, channel)
    except NoRow:
        if not several:
            raise
        return {}
    validation = job.optional_channel("validation")
    if validation is None:
        stops = job.hyperparameters[EARLY_STOPPING_ROUNDS] is not None
        if stops and job.hyperparameters[KFOLD] is None:
            raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
        return {"train": training}
    if not (several and validation.empty):
        try:
            return {"train": training, "validation": _read_validation(job, validation, training)}
        except NoRow:
            if not several:
                raise
    return {"train": training, "validation": training.select_rows(np.arange(0))}


def _read_training(job: Job, channel: Channel) -> Dataset:
    known_columns = _find_known_columns(job)
    names = known_columns.feature_list.names if known_columns.feature_list else None
    columns = _choose_columns(job, known_columns)
    training = channel_reader.read_channel(
        channel,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=None if names is None else len(names),
        names=names,
        columns=columns,
        ranked=_is_ranking(job),
        labels=_make_label_checker(job),
    )
    if training.names is not None and len(training.names) != training.width:
        raise UserError(
            f"channel '{channel.name}' has {training.width} features, and {len(training.names)}"
            " names are known of the job's channel 'model' or 'features'",
            remedy="Give the files and the list of one and the same transform",
        )
    return replace(
        training, categorical=_add_earlier_counts(known_columns.categorical, training.categorical)
    )


def _add_earlier_counts(before: Categorical, now: Categorical) -> Categorical:
    """Return the features with the codes counted that the starting model has seen."""
    counts = {c.place: c.count or 0 for c in before if c.texts is None}
    return tuple(
        replace(c, count=max(c.count or 0, counts.get(c.place, 0))) if c.texts is None else c
        for c in now
    )


def _read_validation(job: Job, channel: Channel, training: Dataset) -> Dataset:
    several = len(job.hosts) > 1
    # Other hosts may have features and categories that this host's training files lack.
    width_open = several and training.grows
    validation = channel_reader.read_channel(
        channel,
        weights=job.hyperparameters[CSV_WEIGHTS],
        width=None if width_open else training.width,
        names=training.names,
        columns=_choose_validation_columns(job, training, several=several),
        ranked=_is_ranking(job),
        labels=_make_label_checker(job),
    )
    if validation.width != training.width and not width_open:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    return validation


def _is_ranking(job: Job) -> bool:
    return objectives.BY_NAME[job.hyperparameters[OBJECTIVE]].task is LearningTask.RANK


def _make_label_checker(job: Job) -> LabelChecker:
    objective = objectives.BY_NAME[job.hyperparameters[OBJECTIVE]]
    leave_out = job.hyperparameters[MISSING_TARGET] == "leave_out"
    return LabelChecker(objective, job.hyperparameters[NUM_CLASS], leave_out)


def _find_known_columns(job: Job) -> _KnownColumns:
    """Read the columns of the model in channel `model`, or else the list in channel `features`."""
    model, features = job.optional_channel("model"), job.optional_channel("features")
    listed = feature_list.load(features.folder(), job.unpacked_limit) if features else None
    if model is None:
        return _KnownColumns(listed)
    booster = booster_io.load_from_channel(model.folder(), job.unpacked_limit)
    categories = read_categories(booster)
    names = tuple(booster.feature_names or ())
    if names:
        texts = {names[c.place]: c.texts for c in categories if c.texts}
        listed = FeatureList(names, texts)
    return _KnownColumns(listed, categories)


def _choose_columns(job: Job, known_columns: _KnownColumns) -> CategoricalColumns | None:
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return None
    listed = known_columns.feature_list.categories if known_columns.feature_list else {}
    selection = (
        *job.hyperparameters[CATEGORICAL_FEATURES],
        *(str(c.place) for c in known_columns.categorical),
    )
    return CategoricalColumns(selection, Categories(listed, learns=True))


def _choose_validation_columns(
    job: Job, training: Dataset, *, several: bool
) -> CategoricalColumns | None:
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return None
    names = training.names or ()
    texts = {names[c.place]: c.texts for c in training.categorical if c.texts and names}
    if several:
        titles = names or [str(place) for place in range(training.width)]
        selection = [titles[c.place] for c in training.categorical]
        return CategoricalColumns(selection, Categories(texts, learns=True))
    return CategoricalColumns((), Categories(texts), training.categorical)


def drop_unused_queries(sets: dict[str, Dataset], config: TrainingConfig) -> dict[str, Dataset]:
    """Return the data sets without queries, unless the objective ranks.

    In a ranking weights belong to queries, else to rows. Raises UserError when a metric of the job
    uses the other kind of weights.
    """
    if not any(
        dataset.weight is not None and dataset.group is not None for dataset in sets.values()
    ):
        return sets
    ranks = config.objective.task is LearningTask.RANK
    for metric in (*config.metrics, config.watched):
        if not metric.uses_weights(queries=ranks):
            raise UserError(
                f"metric '{metric.name}' weighs {'rows' if ranks else 'queries'}, and the weights"
                f" of objective {config.objective.name} are those of"
                f" {'queries' if ranks else 'rows'}",
                remedy="Leave out the metric, or the weights",
            )
    if ranks:
        return sets
    logger.warning("objective %s weighs rows: queries are left out", config.objective.name)
    return {name: replace(dataset, group=None) for name, dataset in sets.items()}


def check_queries(job: Job, sets: dict[str, Dataset], config: TrainingConfig) -> None:
    """Raise UserError when a ranking has rows without queries and `single_query` is not set."""
    if config.objective.task is not LearningTask.RANK or job.hyperparameters[SINGLE_QUERY]:
        return
    for name, dataset in sets.items():
        if dataset.group is None:
            raise UserError(
                f"objective {config.objective.name} ranks the rows of a query, and channel '{name}'"
                " has no queries",
                remedy="Give each row its query, as qid:<number> in text/libsvm, or set"
                " hyperparameter 'single_query' to true where all rows are of one query",
            )


def log_categories(job: Job, training: Dataset) -> None:
    """Log which features are categorical."""
    if not job.hyperparameters[ENABLE_CATEGORICAL]:
        return
    if not training.categorical:
        logger.warning("enable_categorical is set, and no feature is a category")
        return
    titles = training.feature_names
    columns = [f"{titles[c.place]} ({c.count} categories)" for c in training.categorical]
    logger.info("categorical: %s", ", ".join(columns))
