"""Changes of records, delivered to listeners in order by a thread of their own."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_test.service.api.resource_type import ResourceType
from local_test.service.error_boundary import run_guarded

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordChange:
    """One change of a record: `before` is None for a new record, `after` for a removed one.

    Both are copies; their nested values are shared with the record and must not be changed.
    """

    resource: ResourceType
    region: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


Listener = Callable[[RecordChange], None]
"""Receives changes in the order they were made; it may read and change records itself."""


class ChangeFeed:
    """Delivers changes to listeners, outside of the lock of the records; thread-safe."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._observers: tuple[Listener, ...] = ()
        self._queue: queue.Queue[RecordChange | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="record changes", daemon=True)

    def subscribe(self, listener: Listener) -> None:
        """Deliver all changes from now on to a listener; what it raises is logged."""
        self._listeners = (*self._listeners, listener)
        if not self._thread.is_alive():
            self._thread.start()

    def publish(self, change: RecordChange) -> None:
        """Queue a change for the listeners, if there are any, and call the observers."""
        if self._listeners:
            self._queue.put(change)
        _call_all(self._observers, change)

    def observe(self, listener: Listener) -> None:
        """Call a listener at once with all changes from now on; what it raises is logged."""
        self._observers = (*self._observers, listener)

    def close(self) -> None:
        """Deliver the remaining changes and end the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (change := self._queue.get()) is not None:
            _call_all(self._listeners, change)


def _call_all(listeners: tuple[Listener, ...], change: RecordChange) -> None:
    for listener in listeners:
        run_guarded(partial(listener, change), partial(_report_failure, change))


def _report_failure(change: RecordChange, error: Exception) -> None:
    what = f"{change.resource.label} {change.name}"
    _log.error("a listener failed on a change of %s", what, exc_info=error)
