"""Who is gone: each host looks after the others while they train.

XGBoost's collective tells most hosts of a dead one at once, but not always all: one whose network
thread has ended between two calls waits in the next of them for ever (seen with XGBoost 3.2, in
`Loop::Block` and in the farewell to a tracker that is gone). Nothing of Python reaches a thread
that waits there, so the program is ended around it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from booster.distributed import liveness
from tandem.contract import job_hosts
from tandem.contract.exit_status import exit_with_error
from tandem.contract.training_job import Job

_POLL_SECONDS = 5.0
_GRACE_SECONDS = 15.0


@contextmanager
def watch_hosts(hosts: Sequence[str], port: int, job: Job) -> Iterator[threading.Event]:
    """Context manager: watch the hosts until the end, or until the yielded event is set.

    When a host is gone and XGBoost has not raised 15 seconds later, the program exits as it would
    for the error: with its exit code and `output/failure`.
    """
    over = threading.Event()
    threading.Thread(target=_run_watchdog, args=(hosts, port, job, over), daemon=True).start()
    try:
        yield over
    finally:
        over.set()


def _run_watchdog(hosts: Sequence[str], port: int, job: Job, over: threading.Event) -> None:
    missing: set[str] = set()
    while not over.wait(_POLL_SECONDS):
        # A host may miss one poll when busy; one that misses two in a row is gone.
        now = set(liveness.find_silent(hosts, port))
        if lost := now & missing:
            if not over.wait(_GRACE_SECONDS):
                exit_with_error(job_hosts.make_gone_error(sorted(lost)), job.paths.failure)
            return
        missing = now
