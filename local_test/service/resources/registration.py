"""What the folder of a resource provides to the service.

The module `operations` of each folder ends with its `REGISTRATION`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from local_test.service.api.json_protocol import read_credential_scope
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.events.state_changes import EventSource
from local_test.service.resources.generic_operations import Operations
from local_test.service.resources.page import Page, View
from local_test.service.schedules.timetable import Firing
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.state.journal import JournalEntry


def keep_all(_backend: Backend, entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """Return all entries: the `migrate` of resources that moto never answered."""
    return entries


def do_nothing(_backend: Backend) -> None:
    """Leave the records as they are: the `restart` of resources without work."""


@dataclass(frozen=True)
class Route:
    """HTTP requests outside of the JSON protocol, and the function that answers them.

    `path` matches the whole path. Empty `methods` and `services` match any; a service is the one
    that a request was signed for, "" without a signature. `answer` may raise ForwardToMoto. With
    `limits_body`, it sets the largest body of a request itself. `operations` are the AWS
    operations that it answers.
    """

    path: re.Pattern[str]
    answer: Callable[[Backend, Request], Response]
    methods: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    limits_body: bool = False
    operations: frozenset[str] = frozenset()

    def matches(self, request: Request) -> bool:
        """Return True if the route answers a request."""
        return (
            self.path.fullmatch(request.path) is not None
            and (not self.methods or request.method in self.methods)
            and (not self.services or read_credential_scope(request)[1] in self.services)
        )


Observer = Callable[[Backend, RecordChange], None]
"""Follows changes of records; what it raises is logged."""


@dataclass(frozen=True)
class Registration:
    """What a resource's folder provides: operations by name, types, routes and console pages.

    `restart` is called when the service starts again, with the records of before: it marks the jobs
    that were running as failed, or starts their work again. `migrate` is called before, with the
    requests that an earlier version kept for moto: it makes the records of those that this resource
    answers now, and returns the others. It may be called again for the same requests. `events` make
    EventBridge events of the changes of records. `observers` are called within each change of a
    record, and change other records. `agenda` returns what is due next on the service's clock.
    """

    operations: Operations
    types: tuple[ResourceType, ...] = ()
    restart: Callable[[Backend], None] = do_nothing
    migrate: Callable[[Backend, Sequence[JournalEntry]], Sequence[JournalEntry]] = keep_all
    routes: tuple[Route, ...] = ()
    pages: tuple[Page, ...] = ()
    views: tuple[View, ...] = ()
    events: tuple[EventSource, ...] = ()
    observers: tuple[Observer, ...] = ()
    agenda: Callable[[Backend], Iterable[Firing]] = lambda _backend: ()
