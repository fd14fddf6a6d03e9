"""`train`: reads the channels, boosts round by round, keeps the model."""

from __future__ import annotations

from booster import data
from booster.artifact import save
from booster.boosting import Boosting
from booster.data import Dataset
from booster.hyperparameters import CSV_WEIGHTS, EARLY_STOPPING_ROUNDS, SAVE_ON_TERMINATION
from booster.recipe import Recipe, recipe
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
    boosting = Boosting(plan, _matrices(sets, plan))
    _run(job, boosting)


def _run(job: Job, boosting: Boosting) -> None:
    progress = Progress(boosting.recipe.rounds)

    def after_round(_: Boosting) -> bool:
        progress.after_round(boosting.course)
        return job.stop.requested

    boosting.run(after_round)
    if job.stop.requested and not boosting.finished:
        _stopped(job, boosting)
    save(boosting.result(), job.model_dir)
    logger.info("kept %d rounds", boosting.result().num_boosted_rounds())


def _stopped(job: Job, boosting: Boosting) -> None:
    if not job.hyperparameters[SAVE_ON_TERMINATION]:
        raise Stopped("stopped on request; save_model_on_termination is false, no model is kept")
    model = boosting.result()
    save(model, job.model_dir)
    raise Stopped(f"stopped on request; the model of {model.num_boosted_rounds()} rounds is kept")


def _read(job: Job) -> dict[str, Dataset]:
    weights = job.hyperparameters[CSV_WEIGHTS]
    training = data.read(job.channel("train", "training"), weights=weights)
    channel = job.optional_channel("validation")
    if channel is None:
        if job.hyperparameters[EARLY_STOPPING_ROUNDS] is not None:
            raise UserError("hyperparameter 'early_stopping_rounds' needs a channel 'validation'")
        return {"train": training}
    validation = data.read(channel, weights=weights)
    if validation.width != training.width:
        raise UserError(
            f"channel 'validation' has {validation.width} features,"
            f" and the training channel {training.width}"
        )
    return {"train": training, "validation": validation}


def _matrices(sets: dict[str, Dataset], plan: Recipe) -> data.Matrices:
    training = sets["train"].matrix(plan)
    return {"train": training} | {
        name: dataset.matrix(plan, training) for name, dataset in sets.items() if name != "train"
    }
