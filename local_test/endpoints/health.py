"""Health checks: `GET /ping` until all containers respond with 200, or one exits.

Source: Developer Guide, 'Use Your Own Inference Code with Hosting Services'.
"""

import threading
import time
from collections.abc import Sequence

import urllib3

from local_test.engines.container_logs import TAIL_LINES
from local_test.engines.protocol import Container
from local_test.errors import ContainerError
from local_test.platform.diagnosis import ContainerFailure, diagnose
from local_test.platform.limits import PING_TIMEOUT_SECONDS

_POLL_SECONDS = 0.05


def ping(container: Container) -> bool:
    """Return whether the container responds to /ping with 200 within two seconds."""
    with urllib3.PoolManager(retries=False, timeout=PING_TIMEOUT_SECONDS) as pool:
        try:
            return pool.request("GET", f"{container.url}/ping").status == 200
        except urllib3.exceptions.HTTPError:
            return False


def wait_until_healthy(
    containers: Sequence[Container], window: float, stop: threading.Event | None = None
) -> float:
    """Poll until all are healthy and return how many seconds it took.

    Raises ContainerError when one exits, after `window` seconds, or when `stop` is set.
    """
    begin = time.monotonic()
    waiting = list(containers)
    while waiting:
        check_running(containers)
        waiting = [container for container in waiting if not ping(container)]
        waited = time.monotonic() - begin
        if waiting and waited > window:
            raise _make_timeout_error(waiting, window)
        if waiting:
            time.sleep(_POLL_SECONDS)
        if stop is not None and stop.is_set():
            raise ContainerError("stopped before it was healthy")
    return time.monotonic() - begin


def check_running(containers: Sequence[Container]) -> None:
    """Raise ContainerError, with a diagnosis, when a container has exited."""
    for container in containers:
        code = container.wait(0)
        if code is not None:
            log = container.read_log_tail(TAIL_LINES)
            killed = container.out_of_memory
            failure = ContainerFailure(container.name, "serve", code, log, out_of_memory=killed)
            sentence = diagnose(failure)
            raise ContainerError(sentence, exit_code=code, log=log)


def _make_timeout_error(containers: Sequence[Container], window: float) -> ContainerError:
    endings = [
        ContainerFailure(item.name, "serve", None, item.read_log_tail(TAIL_LINES), waited=window)
        for item in containers
    ]
    sentences = "; ".join(diagnose(ending) for ending in endings)
    return ContainerError(sentences, log=[line for ending in endings for line in ending.log])
