"""What the runtime needs of this image. scikit-learn and pandas are imported only to train."""

from __future__ import annotations

from pathlib import Path

from preprocessor.hyperparameters import SCHEMA
from preprocessor.recipe_file import ENDINGS
from tandem.algorithm import Algorithm, Model
from tandem.job import Job


def _train(job: Job) -> None:
    from preprocessor.training import train

    train(job)


def _load(model_dir: Path) -> Model:
    from preprocessor.serving import load

    return load(model_dir)


def _load_inverse(model_dir: Path) -> Model:
    from preprocessor.inverse import load

    return load(model_dir)


ALGORITHM = Algorithm(
    name="preprocessor",
    sentence="fits a scikit-learn feature transform to raw records and serves it.",
    hyperparameters=SCHEMA,
    train=_train,
    load=_load,
    stages={"inverse": _load_inverse},
    scripts=True,
    recipes=ENDINGS,
)
