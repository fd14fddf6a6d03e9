"""`up` is killed while it is written to, and started again: what it acknowledged must be there."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.attacks.base import Attack, AttackContext, Tally
from benchmarks.attacks.local_service import Ledger, create_bucket, run_service

_OBJECT_BYTES, _MOST = 2000, 40


def _run(context: AttackContext) -> Tally:
    tally, draw, end = Tally(), context.create_random("service"), context.find_deadline()
    ledger, number = Ledger(), 0
    with TemporaryDirectory(dir=context.folder) as folder:
        state = Path(folder) / "state"
        while not tally.killed or time.monotonic() < end:
            with run_service(state) as service:
                if not tally.killed:
                    create_bucket(service)
                ledger.check_entries(service, tally)
                for _ in range(draw.randint(1, _MOST)):
                    number += 1
                    ledger.write_entry(
                        service, f"thing-{number}", draw.randbytes(_OBJECT_BYTES), tally
                    )
                service.kill()
                tally.killed += 1
        with run_service(state) as service:
            ledger.check_entries(service, tally)
    return tally


ATTACK = Attack("kill `up`", "SIGKILL while it is written to, and a restart", _run, serving=False)
