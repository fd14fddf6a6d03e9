"""How a training is stopped, and how it goes on from what it kept."""

import time
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.checkpoint_resume import (
    BEGUN_SECONDS,
    kept,
    killed_in_the_middle,
    plan,
)
from local_test.conformance.harness.serving_container import Hosting
from local_test.conformance.harness.session import Bench
from local_test.conformance.harness.trainer import Live, Plan, Run
from local_test.conformance.outcomes import Blocked, expect, inapplicable
from local_test.errors import LocalError
from local_test.platform.limits import TRAINING_GRACE_SECONDS

_WATCHED_SECONDS = 2.0
_KEPT_AT_MOST = 20
_LONG, _RESUME = "--long", "--resume"


@check(25, MUST, "Write the model under another name and rename it when whole.", needs=_LONG)
def stops_with_a_whole_model(bench: Bench) -> None:
    """On SIGTERM it ends within 120 s, and leaves no model or one that is served."""
    with bench.training(_long(bench)) as live:
        _begun(live)
        run = live.stop(TRAINING_GRACE_SECONDS)
    expect(run.exit_code is not None, "120 s after SIGTERM it was still there")
    if not run.model:
        return
    try:
        with bench.hosting(Hosting(model=run.tree.model)) as served:
            reply = served.ask()
    except LocalError as error:
        expect(False, f"the model it left after SIGTERM is not served: {error}")
    else:
        expect(reply.status == 200, f"the model it left after SIGTERM answers {reply}")


@check(26, MUST, "Write each checkpoint under another name, then rename it.", needs=_LONG)
def whole_checkpoints(bench: Bench) -> None:
    """Checkpoints appear whole, where the job says, and old ones are removed."""
    folder = bench.trainer.directory("checkpoints")
    with bench.training(_long(bench, folder)) as live:
        if not live.until(lambda: bool(kept(folder)), BEGUN_SECONDS):
            inapplicable("it writes no checkpoint")
        grown = _grown(folder, _WATCHED_SECONDS)
        count = len(kept(folder))
    expect(not grown, f"{', '.join(sorted(grown))} changed after it was there")
    expect(count <= _KEPT_AT_MOST, f"{count} checkpoints are kept, and none is removed")


@check(27, MUST, "Look into the checkpoint folder first, and go on from the last.", needs=_RESUME)
def goes_on(bench: Bench) -> None:
    """Killed and started again on the same checkpoints, it goes on, and does not begin anew."""
    killed, again, whole = bench.resumed
    expect(again.ok, f"started again after SIGKILL, {again.ending}")
    told = [line for line in _told(killed) if line in set(_told(whole))]
    if not told:
        inapplicable("its log tells no rounds")
    anew = f"started again, it writes all it had written before, to {told[-1]!r}"
    expect(set(told) - set(_told(again)), anew)


@check(28, MUST, "Keep the state of all that is random beside the model.", needs=_RESUME)
def goes_on_the_same(bench: Bench) -> None:
    """A training that was killed and went on predicts as one that never was."""
    _, again, whole = bench.resumed
    if not (again.ok and whole.ok):
        raise Blocked("there are not two models to compare")
    if again.model == whole.model:
        return
    answers = []
    for run in (again, whole):
        with bench.another(Hosting(model=run.tree.model)) as served:
            answers.append(served.ask().body)
    expect(answers[0] == answers[1], "the one that went on predicts differently")


@check(29, MUST, "Check a checkpoint before use, and take the one before it.", needs=_RESUME)
def skips_a_broken_one(bench: Bench) -> None:
    """A broken newest checkpoint does no harm."""
    folder = bench.trainer.directory("checkpoints")
    _ = bench.trained
    killed_in_the_middle(bench.subject, bench.trainer, folder)
    newest = max(kept(folder), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    run = bench.train(plan(bench.subject, folder))
    expect(run.ok, f"with a broken newest checkpoint {run.ending}")


def _long(bench: Bench, checkpoints: Path | None = None) -> Plan:
    if not bench.subject.long:
        inapplicable("give --long NAME=VALUE, hyperparameters with which training lasts")
    _ = bench.trained
    given = {**bench.subject.hyperparameters, **bench.subject.long}
    return Plan(hyperparameters=given, checkpoints=checkpoints)


def _begun(live: Live) -> None:
    live.until(lambda: bool(live.log.lines), BEGUN_SECONDS)
    live.until(lambda: False, _WATCHED_SECONDS)


def _grown(folder: Path, seconds: float) -> set[str]:
    seen: dict[tuple[str, int], int] = {}
    grown = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for path in kept(folder):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            known = seen.setdefault((path.name, found.st_ino), found.st_size)
            if known != found.st_size:
                grown.add(path.name)
    return grown


def _told(run: Run) -> list[str]:
    return [line for line in run.log.splitlines() if any(mark.isdigit() for mark in line)]
