"""Servers are stopped while requests come: each one that was accepted whole gets its answer."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.attacks.base import Attack, Ground, Tally, Target, targets
from benchmarks.attacks.stop_under_load import ANSWERED, WRONG, stop
from benchmarks.load.deployments import Served, alone

_LOADED_SECONDS, _LARGE = 0.5, 1000


def _run(ground: Ground) -> Tally:
    tally, end = Tally(), ground.deadline()
    while not tally.killed or time.monotonic() < end:
        with TemporaryDirectory(dir=ground.folder) as folder:
            served = {name: Served(image, model) for name, (image, model) in ground.models.items()}
            with alone(served, Path(folder)) as places:
                for target in targets(places, ground.rows):
                    _stop(target, tally)
    return tally


def _stop(target: Target, tally: Tally) -> None:
    row = target.rows[0].rstrip(b"\n") + b"\n"
    terminate = partial(os.kill, target.session, signal.SIGTERM)
    counts = stop(target.port, terminate, (row, row * _LARGE), target.name, _LOADED_SECONDS)
    tally.killed += 1
    for _ in range(counts.outcomes[ANSWERED] - counts.outcomes[WRONG]):
        tally.count(200, f"{target.name}: a valid request before the stop")
    tally.lost += [f"accepted and lost: {told}" for told in counts.told]


ATTACK = Attack("stop under load", "SIGTERM while requests come", _run)
