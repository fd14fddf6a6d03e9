"""How work begins, and how it fails: nothing that ends unforeseen stays `InProgress`."""

import logging
from functools import partial

from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import TRAINING_JOB, Resource, now
from local_test.service.backend import Backend
from local_test.service.background.threads import Work
from local_test.service.resources.training.status_history import Progress

_log = logging.getLogger(__name__)


def launch(backend: Backend, resource: Resource, region: str, name: str, work: Work) -> None:
    """Begin the work of a record; an error that nobody expected fails it, with its traceback."""

    def fallen(error: Exception) -> None:
        _log.error("%s %s ended unforeseen", resource.words, name, exc_info=error)
        try:
            fail(backend, resource, region, name, f"{type(error).__name__}: {error}")
        except Fault:  # deleted meanwhile
            return

    backend.threads.start(resource.key(region, name), work, fallen)


def fail(backend: Backend, resource: Resource, region: str, name: str, reason: str) -> None:
    """Let a record's work have failed through no fault of the client's."""
    reason = f"InternalServerError: {reason}"
    update = partial(backend.records.update, resource, region, name)
    with backend.records.lock():
        record = backend.records.get(resource, region, name)
        if resource is TRAINING_JOB:
            Progress(update).enter(record, "Failed", FailureReason=reason, TrainingEndTime=now())
        else:
            update(**{resource.status: "Failed"}, FailureReason=reason, LastModifiedTime=now())
