"""A worker is killed again and again while rows come; it must be replaced, the others unharmed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from benchmarks.attacks.base import Attack, AttackContext, Tally, Target

_REPLACED_SECONDS, _PAUSE = 30.0, 0.05


def _run(context: AttackContext) -> Tally:
    tally, draw, end = Tally(), context.create_random("workers"), context.find_deadline()
    while not tally.killed or time.monotonic() < end:
        for target in context.targets:
            before = find_workers(target)
            victim = draw.choice(before)
            os.kill(victim, signal.SIGKILL)
            tally.killed += 1
            limit = time.monotonic() + _REPLACED_SECONDS
            while victim in find_workers(target) or len(find_workers(target)) < len(before):
                if time.monotonic() > limit:
                    tally.dead.append(f"{target.name}: a killed worker was not replaced in 30 s")
                    return tally
                reply = target.send_row()  # one that the killed worker had begun is cut off
                tally.count_status(reply.status, f"{target.name}: a valid row")
                time.sleep(_PAUSE)
            for number in range(4):
                target.check_row(tally, number)
    return tally


def find_workers(target: Target) -> list[int]:
    """Return the processes that the session's first process has started itself."""
    found = []
    for number in sorted(target.list_processes()):
        try:
            fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields.rpartition(")")[2].split()[:2][1] == str(target.session):
            found.append(int(number))
    return [number for number in found if number != target.session]


ATTACK = Attack("kill a worker", "SIGKILL to workers while valid requests come", _run, kills=True)
