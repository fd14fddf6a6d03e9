"""The algorithm of this image. scikit-learn and pandas are imported only to train."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from preprocessor.hyperparameters import SCHEMA
from preprocessor.recipe.recipe_file import ENDINGS
from tandem.algorithm import Algorithm, Model
from tandem.contract.training_job import Job
from tandem.errors import UserError

# The first release that has what the estimators are built on.
_OLDEST = (1, 6)


def _train(job: Job) -> None:
    _check_release(metadata.version("scikit-learn"))
    from preprocessor.training import train

    train(job)


def _load(model_dir: Path) -> Model:
    from preprocessor.serving import load_model

    return load_model(model_dir)


def _load_inverse(model_dir: Path) -> Model:
    from preprocessor.inverse import load_model

    return load_model(model_dir)


def _check_release(installed: str) -> None:
    """Raise UserError when scikit-learn is too old to fit a recipe (variants of the image)."""
    if tuple(int(part) for part in installed.split(".")[:2]) < _OLDEST:
        raise UserError(
            f"this form of the image holds scikit-learn {installed}, which runs scripts and fits no"
            " recipe",
            remedy="Give 'sagemaker_program', or take the image without '-sklearn' in its tag",
        )


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
