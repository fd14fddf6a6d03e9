"""A training is killed after its first checkpoint; the resumed one writes the same bytes."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.attacks.base import Attack, AttackContext, Tally
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.sample_data import find_sample
from local_test.conformance.harness.session import Session
from local_test.engines import select_engine

_IMAGE = "xgboost"


def _run(context: AttackContext) -> Tally:
    tally, end = Tally(), context.find_deadline()
    while not tally.killed or time.monotonic() < end:
        with TemporaryDirectory(dir=context.folder) as folder:
            _kill_once(Path(folder), tally)
    return tally


def _kill_once(folder: Path, tally: Tally) -> None:
    sample = find_sample(_IMAGE)
    for name in ("data", "bench"):
        (folder / name).mkdir()
    subject = ImageUnderTest(
        _IMAGE,
        sample.write(folder / "data"),
        sample.request.encode(),
        hyperparameters=sample.hyperparameters,
        resume_hyperparameters=sample.resume_hyperparameters,
    )
    with Session(subject, select_engine("process"), folder / "bench") as session:
        killed, again, whole = session.interrupted_runs
        tally.killed += 1
        if killed.exit_code == 0:
            tally.wrong.append("the training had ended before it was killed")
        elif not (again.ok and whole.ok):
            tally.lost.append(f"started again, {again.ending}; left alone, {whole.ending}")
        elif again.model != whole.model:
            tally.wrong.append("the resumed model differs from the uninterrupted one")


ATTACK = Attack(
    "kill a training", "SIGKILL, then resumed from checkpoints: byte-equal", _run, serving=False
)
