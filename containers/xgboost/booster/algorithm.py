"""What the runtime needs of this image. XGBoost is imported only when a command needs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from booster.optional_imports import hide_packages
from booster.params.hyperparameters import SCHEMA
from tandem.algorithm import Algorithm, Model
from tandem.contract import settings
from tandem.contract.training_job import Job
from tandem.machine.program_start import import_quickly

if TYPE_CHECKING:
    from tandem.script.inference_functions import DefaultFunctions


def _train(job: Job) -> None:
    settings.let_threads_sleep()
    with import_quickly():
        with hide_packages("sklearn", "pandas"):  # for scripts alone: half a second, and 60 MB
            import xgboost  # noqa: F401
        from booster.training import train

    train(job)


def _load(model_dir: Path) -> Model:
    from booster.serving import load

    return load(model_dir, ensemble=settings.read().ensemble)


def _load_script_defaults() -> DefaultFunctions:
    from booster.script.default_functions import make_defaults

    return make_defaults()


ALGORITHM = Algorithm(
    name="xgboost",
    sentence="trains and serves an XGBoost model.",
    hyperparameters=SCHEMA,
    train=_train,
    load=_load,
    scripts=True,
    script_defaults=_load_script_defaults,
)
