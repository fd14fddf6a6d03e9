"""Which models a container holds, who uses them, and which one was not used for longest."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from local_test.endpoints.invocation_response import Answer


@dataclass
class Resident:
    """A model that is loaded or being loaded; `loading` gives what went wrong, if anything did."""

    loading: Future[Answer | None]
    loaded: bool = False
    wants_room: bool = False
    users: int = 0

    @property
    def idle(self) -> bool:
        """Return whether it may be unloaded now."""
        return self.loaded and self.users == 0


class Residents:
    """The bookkeeping of one container's models; threads share it."""

    def __init__(self) -> None:
        self._models: dict[str, Resident] = {}  # the least recently used stands first
        self._leaving: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def using(self, name: str, begin: Callable[[], Future[Answer | None]]) -> Iterator[Resident]:
        """Keep a model from being unloaded; `begin` loading it where nobody has yet."""
        with self._changed:
            resident = self._models.pop(name, None) or Resident(begin())
            self._models[name] = resident
            resident.users += 1
        try:
            yield resident
        finally:
            with self._changed:
                resident.users -= 1
                self._changed.notify_all()

    def settle(self, name: str, loaded: bool) -> None:
        """Note how the loading of a model ended; one that failed is not there."""
        with self._changed:
            if loaded:
                self._models[name].loaded = True
            else:
                del self._models[name]
            self._changed.notify_all()

    def forget(self, name: str, resident: Resident) -> None:
        """Drop a model the container turned out not to have, unless it is loaded anew already."""
        with self._changed:
            if self._models.get(name) is resident:
                del self._models[name]

    def await_departure(self, name: str) -> None:
        """Wait until an unload of the same name is over."""
        with self._changed:
            self._changed.wait_for(lambda: name not in self._leaving)

    @contextmanager
    def departing(self, wanting: str, seconds: float) -> Iterator[str | None]:
        """Take out the model that was not used for longest, while it is being unloaded.

        Waits up to `seconds` while all are in use; None where none can be had for `wanting`.
        """
        with self._changed:
            self._models[wanting].wants_room = True
            self._changed.wait_for(lambda: self._idle() or not self._hope(), seconds)
            name = next(iter(self._idle()), None)
            if name is not None:
                del self._models[name]
                self._leaving.add(name)
        try:
            yield name
        finally:
            with self._changed:
                self._leaving.discard(name or "")
                self._changed.notify_all()

    def _idle(self) -> list[str]:
        return [name for name, resident in self._models.items() if resident.idle]

    def _hope(self) -> bool:
        return any(item.loaded or not item.wants_room for item in self._models.values())
