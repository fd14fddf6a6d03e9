"""The service's clock while a notebook waits for a monitoring schedule.

A schedule runs at the full hour. A notebook would wait for it, so the clock is moved forward as
soon as a schedule has waited for its next execution for a few seconds.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]

from local_test.commands.shared.service_request import request_service

_PAUSE = 5.0  # seconds between two looks
_PATIENCE = 20.0  # seconds that a schedule waits
_HOUR = 3600
_UNDER_WAY = frozenset({"Pending", "InProgress", "Stopping"})


@contextmanager
def moving_clock() -> Iterator[None]:
    """Context manager: move the clock by an hour whenever schedules only wait."""
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(ended: threading.Event) -> None:
    client, since = boto3.client("sagemaker"), time.monotonic()
    while not ended.wait(_PAUSE):
        if not _wait_for_hour(client):
            since = time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            advance_hour()
            since = time.monotonic()


def _wait_for_hour(client: Any) -> bool:
    """Return whether there is a schedule that waits, and no execution that runs."""
    schedules = client.list_monitoring_schedules(StatusEquals="Scheduled")
    executions = client.list_monitoring_executions()["MonitoringExecutionSummaries"]
    running = any(one["MonitoringExecutionStatus"] in _UNDER_WAY for one in executions)
    return bool(schedules["MonitoringScheduleSummaries"]) and not running


def advance_hour() -> None:
    """Move the clock of the service that the environment names."""
    url = os.environ["AWS_ENDPOINT_URL"]
    request_service(url, f"clock?seconds={_HOUR}", "notebooks", method="POST", seconds=60)
