"""Kills a training job that writes checkpoints, and starts it again."""

from collections.abc import Sequence
from pathlib import Path

from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.trainer import FinishedTraining, Trainer, TrainingPlan
from local_test.conformance.outcomes import raise_not_applicable

START_SECONDS = 60.0
_SECOND_SECONDS = 2.0
# What the platform does not upload (Developer Guide, "Checkpoints"), and common temporary names.
_PARTIAL_SUFFIXES = (".sagemaker-ignore", ".sagemaker-uploading", ".temp", ".part")


def train_with_interruption(
    subject: ImageUnderTest, trainer: Trainer
) -> tuple[FinishedTraining, FinishedTraining, FinishedTraining]:
    """Return a killed training job, the one that resumed it, and an uninterrupted one."""
    folder = trainer.make_directory("checkpoints")
    killed = kill_after_checkpoint(subject, trainer, folder)
    resumed = trainer.run(plan_short_training(subject, folder))
    uninterrupted = trainer.run(plan_short_training(subject, trainer.make_directory("checkpoints")))
    return killed, resumed, uninterrupted


def kill_after_checkpoint(
    subject: ImageUnderTest, trainer: Trainer, folder: Path
) -> FinishedTraining:
    """Kill a training job once it has written a checkpoint into the folder."""
    with trainer.start(plan_short_training(subject, folder)) as training:
        if not training.wait_until(lambda: bool(list_checkpoints(folder)), START_SECONDS):
            raise_not_applicable("it writes no checkpoint")
        training.wait_until(lambda: len(list_checkpoints(folder)) > 1, _SECOND_SECONDS)
        return training.finish(0)


def plan_short_training(subject: ImageUnderTest, checkpoints: Path) -> TrainingPlan:
    """Return the plan of a training job that lasts some seconds."""
    if not subject.resume_hyperparameters:
        raise_not_applicable(
            "give --resume NAME=VALUE, hyperparameters with which training lasts seconds"
        )
    hyperparameters = {**subject.hyperparameters, **subject.resume_hyperparameters}
    return TrainingPlan(hyperparameters=hyperparameters, checkpoints=checkpoints)


def list_checkpoints(folder: Path) -> Sequence[Path]:
    """Return the checkpoints in a folder, without files that are still being written."""
    return [path for path in folder.rglob("*") if path.is_file() and _is_complete(path)]


def _is_complete(path: Path) -> bool:
    name = path.name
    return not (name.startswith(".") or name.endswith(_PARTIAL_SUFFIXES) or "tmp" in name)
