"""Start the work of a resource, and record its failure: no ended work stays `InProgress`."""

import logging
from collections.abc import Callable

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.backend import Backend
from local_test.service.background.threads import Work

_RUNNING = ("Pending", "InProgress", "Executing", "Stopping")
RESTARTED = "the local service ended while the job ran"
"""The reason of jobs that ran when the service ended."""
_log = logging.getLogger(__name__)


def start_work(
    backend: Backend, resource: ResourceType, region: str, name: str, work: Work
) -> None:
    """Start the work of a record in a thread; an unexpected error fails it and is logged."""

    def fail_unexpected(error: Exception) -> None:
        _log.error("%s %s ended unforeseen", resource.label, name, exc_info=error)
        try:
            fail_record(backend, resource, region, name, f"{type(error).__name__}: {error}")
        except ApiError:  # deleted meanwhile
            return

    backend.threads.start(resource.work_key(region, name), work, fail_unexpected)


def fail_record(
    backend: Backend, resource: ResourceType, region: str, name: str, reason: str
) -> None:
    """Mark the work of a record as failed with an InternalServerError."""
    with backend.records.lock():
        record = backend.records.get(resource, region, name)
        changes = resource.describe_failure(record, f"InternalServerError: {reason}", now())
        backend.records.update(resource, region, name, **changes)


def fail_unfinished(*resources: ResourceType) -> Callable[[Backend], None]:
    """Return the `restart` of jobs that cannot continue: it marks running ones as failed."""

    def restart(backend: Backend) -> None:
        for resource in resources:
            for region, record in backend.records.list_all(resource, statuses=_RUNNING):
                fail_record(backend, resource, region, resource.key_of(record), RESTARTED)

    return restart
