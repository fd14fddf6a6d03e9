"""Servers are stopped while requests come: each one that was accepted whole gets its answer."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.attacks.base import Attack, AttackContext, Tally, Target, find_targets
from benchmarks.attacks.stop_under_load import ANSWERED, WRONG, stop_server
from benchmarks.load.deployments import Deployment, serve_in_processes

_LOADED_SECONDS, _LARGE = 0.5, 1000


def _run(context: AttackContext) -> Tally:
    tally, end = Tally(), context.find_deadline()
    while not tally.killed or time.monotonic() < end:
        with TemporaryDirectory(dir=context.folder) as folder:
            served = {
                name: Deployment(image, model) for name, (image, model) in context.models.items()
            }
            with serve_in_processes(served, Path(folder)) as places:
                for target in find_targets(places, context.rows):
                    _stop(target, tally)
    return tally


def _stop(target: Target, tally: Tally) -> None:
    row = target.rows[0].rstrip(b"\n") + b"\n"
    terminate = partial(os.kill, target.session, signal.SIGTERM)
    counts = stop_server(target.port, terminate, (row, row * _LARGE), target.name, _LOADED_SECONDS)
    tally.killed += 1
    for _ in range(counts.outcomes[ANSWERED] - counts.outcomes[WRONG]):
        tally.count_status(200, f"{target.name}: a valid request before the stop")
    tally.lost += [f"accepted and lost: {told}" for told in counts.descriptions]


ATTACK = Attack("stop under load", "SIGTERM while requests come", _run)
