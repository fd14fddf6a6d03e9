"""`train`: reads the channels, boosts round by round, keeps the model."""

from __future__ import annotations

from booster import artifact, data, report
from booster.boosting import Boosting, Start
from booster.checkpoints import Checkpoints, identity
from booster.data import Dataset
from booster.folds import cross_validate
from booster.hyperparameters import (
    CSV_WEIGHTS,
    EARLY_STOPPING_ROUNDS,
    KFOLD,
    SAVE_ON_TERMINATION,
)
from booster.recipe import Recipe, recipe
from booster.report import Outcome
from booster.rounds import Progress
from tandem.errors import Stopped, UserError
from tandem.job import Job
from tandem.logs import logger


def train(job: Job) -> None:
    """Train as the job says and write `xgboost-model`.

    Raises UserError for what the user can mend, and Stopped, once the model so far is written,
    when the platform asked for an end.
    """
    sets = _read(job)
    plan = recipe(job.hyperparameters, sets["train"].names, sets["train"].width)
    job.stop.check()
    if job.hyperparameters[KFOLD] is not None:
        if job.optional_channel("model") or plan.updates:
            raise UserError(
                "hyperparameter '_kfold' trains models of its own; it takes no given one"
            )
        cross_validate(job, sets, plan)
        return
    given = _given_model(job, plan, sets["train"].width)
    # Updating a model's trees is short, and half an update is no model.
    folder = None if plan.updates else job.checkpoints
    kept = Checkpoints(folder, identity(plan, sets)) if folder else None
    start = kept.newest() if kept else Start()
    boosting = Boosting(plan, data.matrices(sets, plan), start if start.model else Start(given))
    _run(job, boosting, kept, sets)


def _run(job: Job, boosting: Boosting, kept: Checkpoints | None, sets: dict[str, Dataset]) -> None:
    progress = Progress(boosting.recipe.rounds, boosting.course.rounds)

    def after_round(_: Boosting) -> bool:
        progress.after_round(boosting.course)
        if kept:
            kept.after_round(boosting)
        return job.stop.requested

    boosting.run(after_round)
    if kept:
        kept.write(boosting)
    if job.stop.requested and not boosting.finished:
        _stopped(job, boosting)
    model = boosting.result()
    artifact.save(model, job.model_dir)
    logger.info("kept %d rounds", model.num_boosted_rounds())
    report.write(job, Outcome(boosting, model, sets))


def _given_model(job: Job, plan: Recipe, width: int) -> bytes | None:
    channel = job.optional_channel("model")
    if channel is None:
        if plan.updates:
            raise UserError("hyperparameter 'process_type' is update, and needs a channel 'model'")
        return None
    booster = artifact.given(channel.path)
    if booster.num_features() != width:
        raise UserError(
            f"the model of channel 'model' has {booster.num_features()} features,"
            f" and the training channel {width}"
        )
    logger.info("beginning with a model of %d rounds", booster.num_boosted_rounds())
    return bytes(booster.save_raw("ubj"))


def _stopped(job: Job, boosting: Boosting) -> None:
    if not job.hyperparameters[SAVE_ON_TERMINATION]:
        raise Stopped("stopped on request; save_model_on_termination is false, no model is kept")
    model = boosting.result()
    artifact.save(model, job.model_dir)
    raise Stopped(f"stopped on request; the model of {model.num_boosted_rounds()} rounds is kept")


def _read(job: Job) -> dict[str, Dataset]:
    weights = job.hyperparameters[CSV_WEIGHTS]
    training = data.read(job.channel("train", "training"), weights=weights)
    channel = job.optional_channel("validation")
    if channel is None:
        stops = job.hyperparameters[EARLY_STOPPING_ROUNDS] is not None
        if stops and job.hyperparameters[KFOLD] is None:
            raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
        return {"train": training}
    validation = data.read(channel, weights=weights, width=training.width)
    if validation.width != training.width:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    return {"train": training, "validation": validation}
