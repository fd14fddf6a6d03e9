"""What the runtime needs of this image. XGBoost is imported only when a command needs it."""

from __future__ import annotations

from pathlib import Path

from booster.hyperparameters import SCHEMA
from tandem import settings
from tandem.algorithm import Algorithm, Model
from tandem.job import Job


def _train(job: Job) -> None:
    settings.threads_that_sleep()
    from booster.training import train

    train(job)


def _load(model_dir: Path) -> Model:
    from booster.serving import load

    return load(model_dir, ensemble=settings.read().ensemble)


ALGORITHM = Algorithm(
    name="xgboost",
    sentence="trains and serves an XGBoost model.",
    hyperparameters=SCHEMA,
    train=_train,
    load=_load,
)
