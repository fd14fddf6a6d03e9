"""Bookkeeping of the models that a container has loaded, least recently used first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from local_test.endpoints.invocation_response import EndpointResponse


@dataclass
class LoadedModel:
    """A model that is loaded or being loaded; `loading` results in an error response or None."""

    loading: Future[EndpointResponse | None]
    loaded: bool = False
    waits_for_memory: bool = False
    users: int = 0

    @property
    def idle(self) -> bool:
        """Return whether it may be unloaded now."""
        return self.loaded and self.users == 0


class LoadedModels:
    """The models of one container; thread-safe."""

    def __init__(self) -> None:
        self._models: dict[str, LoadedModel] = {}  # the least recently used stands first
        self._unloading: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def hold(
        self, name: str, start_load: Callable[[], Future[EndpointResponse | None]]
    ) -> Iterator[LoadedModel]:
        """Keep a model loaded in the block; call `start_load` if it is not loaded yet."""
        with self._changed:
            model = self._models.pop(name, None) or LoadedModel(start_load())
            self._models[name] = model
            model.users += 1
        try:
            yield model
        finally:
            with self._changed:
                model.users -= 1
                self._changed.notify_all()

    def record_load(self, name: str, loaded: bool) -> None:
        """Record whether a model was loaded; remove one that was not."""
        with self._changed:
            if loaded:
                self._models[name].loaded = True
            else:
                del self._models[name]
            self._changed.notify_all()

    def drop(self, name: str, model: LoadedModel) -> None:
        """Remove a model that the container does not have, unless it was loaded again."""
        with self._changed:
            if self._models.get(name) is model:
                del self._models[name]

    def wait_for_unload(self, name: str) -> None:
        """Wait until no model of this name is being unloaded."""
        with self._changed:
            self._changed.wait_for(lambda: name not in self._unloading)

    @contextmanager
    def evict_idle(self, waiting: str, seconds: float) -> Iterator[str | None]:
        """Yield the least recently used idle model, removed here, to unload it in the block.

        Waits up to `seconds` while all are in use. Yields None when none becomes idle; `waiting` is
        the model that needs the memory.
        """
        with self._changed:
            self._models[waiting].waits_for_memory = True
            self._changed.wait_for(
                lambda: self._list_idle() or not self._may_become_idle(), seconds
            )
            name = next(iter(self._list_idle()), None)
            if name is not None:
                del self._models[name]
                self._unloading.add(name)
        try:
            yield name
        finally:
            with self._changed:
                self._unloading.discard(name or "")
                self._changed.notify_all()

    def _list_idle(self) -> list[str]:
        return [name for name, model in self._models.items() if model.idle]

    def _may_become_idle(self) -> bool:
        return any(item.loaded or not item.waits_for_memory for item in self._models.values())
