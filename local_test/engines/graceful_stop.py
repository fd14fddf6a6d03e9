"""Stops containers as SageMaker does: SIGTERM, a grace period, SIGKILL."""

import threading
import time
from collections.abc import Sequence

from local_test.engines.protocol import Container

_skip = threading.Event()
_POLL_SECONDS = 0.1
_KILL_SECONDS = 10.0


def skip_grace_periods() -> None:
    """End all current and future grace periods at once, as on a second Ctrl-C."""
    _skip.set()


def stop_containers(containers: Sequence[Container], grace: float) -> None:
    """Send SIGTERM to all containers, and SIGKILL to those that run after `grace` seconds."""
    for container in containers:
        container.terminate()
    deadline = time.monotonic() + grace
    for container in containers:
        while container.wait(_POLL_SECONDS) is None:
            if _skip.is_set() or time.monotonic() >= deadline:
                container.kill()
                container.wait(_KILL_SECONDS)
                break
