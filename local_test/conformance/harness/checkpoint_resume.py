"""A training that is killed while it keeps checkpoints, and started again."""

from collections.abc import Sequence
from pathlib import Path

from local_test.conformance.harness.image_under_test import Subject
from local_test.conformance.harness.trainer import Plan, Run, Trainer
from local_test.conformance.outcomes import inapplicable

BEGUN_SECONDS = 60.0
_MORE_SECONDS = 2.0
# What the platform does not upload (Developer Guide, "Checkpoints"), and common temporary names.
_UNFINISHED = (".sagemaker-ignore", ".sagemaker-uploading", ".temp", ".part")


def resumed(subject: Subject, trainer: Trainer) -> tuple[Run, Run, Run]:
    """Return a training that was killed, the one that went on, and one that was left alone."""
    folder = trainer.directory("checkpoints")
    killed = killed_in_the_middle(subject, trainer, folder)
    again = trainer.run(plan(subject, folder))
    whole = trainer.run(plan(subject, trainer.directory("checkpoints")))
    return killed, again, whole


def killed_in_the_middle(subject: Subject, trainer: Trainer, folder: Path) -> Run:
    """Kill a training once it has kept something in the folder."""
    with trainer.started(plan(subject, folder)) as live:
        if not live.until(lambda: bool(kept(folder)), BEGUN_SECONDS):
            inapplicable("it writes no checkpoint")
        live.until(lambda: len(kept(folder)) > 1, _MORE_SECONDS)
        return live.finish(0)


def plan(subject: Subject, checkpoints: Path) -> Plan:
    """Return the plan of a training that lasts some seconds."""
    if not subject.resume:
        inapplicable("give --resume NAME=VALUE, hyperparameters with which training lasts seconds")
    given = {**subject.hyperparameters, **subject.resume}
    return Plan(hyperparameters=given, checkpoints=checkpoints)


def kept(folder: Path) -> Sequence[Path]:
    """Return the checkpoints in a folder, without files that are still being written."""
    return [path for path in folder.rglob("*") if path.is_file() and _named(path)]


def _named(path: Path) -> bool:
    name = path.name
    return not (name.startswith(".") or name.endswith(_UNFINISHED) or "tmp" in name)
