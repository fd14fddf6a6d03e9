"""How a training is stopped, and how it goes on from what it kept."""

import time
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.checkpoint_resume import (
    START_SECONDS,
    kill_after_checkpoint,
    list_checkpoints,
    plan_short_training,
)
from local_test.conformance.harness.serving_container import ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import FinishedTraining, RunningTraining, TrainingPlan
from local_test.conformance.outcomes import CheckBlocked, expect, raise_not_applicable
from local_test.errors import LocalError
from local_test.platform.limits import TRAINING_GRACE_SECONDS

_WATCHED_SECONDS = 2.0
_MAX_CHECKPOINTS = 20
_LONG, _RESUME = "--long", "--resume"


@check(25, MUST, "Write the model under another name and rename it when whole.", needs=_LONG)
def stops_with_a_whole_model(session: Session) -> None:
    """On SIGTERM it ends within 120 s, and leaves no model or one that is served."""
    with session.start_training(_plan_long_training(session)) as training:
        _wait_for_start(training)
        run = training.stop(TRAINING_GRACE_SECONDS)
    expect(run.exit_code is not None, "120 s after SIGTERM it was still there")
    if not run.model:
        return
    try:
        with session.serve(ServingPlan(model=run.tree.model)) as server:
            response = server.invoke()
    except LocalError as error:
        expect(False, f"the model it left after SIGTERM is not served: {error}")
    else:
        expect(response.status == 200, f"the model it left after SIGTERM answers {response}")


@check(26, MUST, "Write each checkpoint under another name, then rename it.", needs=_LONG)
def whole_checkpoints(session: Session) -> None:
    """Checkpoints appear whole, where the job says, and old ones are removed."""
    folder = session.trainer.make_directory("checkpoints")
    with session.start_training(_plan_long_training(session, folder)) as training:
        if not training.wait_until(lambda: bool(list_checkpoints(folder)), START_SECONDS):
            raise_not_applicable("it writes no checkpoint")
        changed = _find_changed(folder, _WATCHED_SECONDS)
        count = len(list_checkpoints(folder))
    expect(not changed, f"{', '.join(sorted(changed))} changed after it was there")
    expect(count <= _MAX_CHECKPOINTS, f"{count} checkpoints are kept, and none is removed")


@check(27, MUST, "Look into the checkpoint folder first, and go on from the last.", needs=_RESUME)
def resumes(session: Session) -> None:
    """Killed and started again on the same checkpoints, it resumes and does not start over."""
    killed, again, whole = session.interrupted_runs
    expect(again.ok, f"started again after SIGKILL, {again.ending}")
    progress = [
        line for line in _list_progress_lines(killed) if line in set(_list_progress_lines(whole))
    ]
    if not progress:
        raise_not_applicable("its log tells no rounds")
    anew = f"started again, it writes all it had written before, to {progress[-1]!r}"
    expect(set(progress) - set(_list_progress_lines(again)), anew)


@check(28, MUST, "Keep the state of all that is random beside the model.", needs=_RESUME)
def resumes_to_the_same_model(session: Session) -> None:
    """A training that was killed and went on predicts as one that never was."""
    _, again, whole = session.interrupted_runs
    if not (again.ok and whole.ok):
        raise CheckBlocked("there are not two models to compare")
    if again.model == whole.model:
        return
    answers = []
    for run in (again, whole):
        with session.serve_separately(ServingPlan(model=run.tree.model)) as server:
            answers.append(server.invoke().body)
    expect(answers[0] == answers[1], "the one that went on predicts differently")


@check(29, MUST, "Check a checkpoint before use, and take the one before it.", needs=_RESUME)
def skips_a_broken_checkpoint(session: Session) -> None:
    """A broken newest checkpoint does no harm."""
    folder = session.trainer.make_directory("checkpoints")
    _ = session.trained_run
    kill_after_checkpoint(session.subject, session.trainer, folder)
    newest = max(list_checkpoints(folder), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    run = session.train(plan_short_training(session.subject, folder))
    expect(run.ok, f"with a broken newest checkpoint {run.ending}")


def _plan_long_training(session: Session, checkpoints: Path | None = None) -> TrainingPlan:
    if not session.subject.long_hyperparameters:
        raise_not_applicable("give --long NAME=VALUE, hyperparameters with which training lasts")
    _ = session.trained_run
    hyperparameters = {**session.subject.hyperparameters, **session.subject.long_hyperparameters}
    return TrainingPlan(hyperparameters=hyperparameters, checkpoints=checkpoints)


def _wait_for_start(training: RunningTraining) -> None:
    training.wait_until(lambda: bool(training.log.lines), START_SECONDS)
    training.wait_until(lambda: False, _WATCHED_SECONDS)


def _find_changed(folder: Path, seconds: float) -> set[str]:
    sizes: dict[tuple[str, int], int] = {}
    changed = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for path in list_checkpoints(folder):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            size = sizes.setdefault((path.name, status.st_ino), status.st_size)
            if size != status.st_size:
                changed.add(path.name)
    return changed


def _list_progress_lines(run: FinishedTraining) -> list[str]:
    return [line for line in run.log.splitlines() if any(mark.isdigit() for mark in line)]
