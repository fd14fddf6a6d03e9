"""The models of a multi-model endpoint: loaded, listed, invoked and unloaded concurrently.

(Developer Guide, "Custom Containers Contract for Multi-Model Endpoints".)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tandem.contract.paths import Paths
from tandem.contract.settings import MEGABYTE, Settings
from tandem.errors import BadData, ModelAlreadyLoaded, ModelNotLoaded, NoRoom
from tandem.logs import logger
from tandem.machine import process_memory
from tandem.serving.metrics import OFF, Metrics
from tandem.serving.model_service import InferenceService, LoadedArtifact, make_service


@dataclass
class _Entry:
    url: str
    service: InferenceService | None = None
    users: int = 0
    idle: threading.Condition = field(default_factory=threading.Condition)


class LoadedModels:
    """The loaded models by name. Thread-safe.

    A load does not block other models; an unload waits for the requests of its model.
    """

    def __init__(
        self, load: Callable[[Path], LoadedArtifact], settings: Settings, metrics: Metrics = OFF
    ) -> None:
        self._load = load
        self._settings = settings
        self._metrics = metrics
        self._paths = Paths(settings.base_dir)
        self._budget = process_memory.compute_budget(settings)
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._admission = threading.Lock()
        self._loading = 0

    def load(self, name: str, url: str) -> None:
        """Load the unpacked artifact in the folder `url`.

        Raises ModelAlreadyLoaded when the name is in use, NoRoom when the model does not fit into
        memory, and UserError when the folder holds no usable model; the name is then free again.
        """
        entry = _Entry(url)
        with self._lock:
            if name in self._entries:
                raise ModelAlreadyLoaded(f"model {name!r} is loaded already")
            self._entries[name] = entry
        try:
            entry.service = self._load_service(name, self._paths.local(url))
        finally:
            if entry.service is None:
                with self._lock:
                    del self._entries[name]
                process_memory.release_memory()
        logger.info(
            "loaded %s: %d MB in use", name, process_memory.read_resident_memory() // MEGABYTE
        )

    def unload(self, name: str) -> None:
        """Remove a model after its running requests, and release its memory.

        Raises ModelNotLoaded.
        """
        with self._lock:
            entry, _ = self._find_loaded(name)
            del self._entries[name]
        with entry.idle:
            entry.idle.wait_for(lambda: entry.users == 0)
        entry.service = None
        process_memory.release_memory()
        logger.info(
            "unloaded %s: %d MB in use", name, process_memory.read_resident_memory() // MEGABYTE
        )

    def get_folder(self, name: str) -> str:
        """Return the folder a model was loaded from. Raises ModelNotLoaded when it is not."""
        with self._lock:
            return self._find_loaded(name)[0].url

    @contextmanager
    def hold_model(self, name: str) -> Iterator[InferenceService]:
        """Keep a model loaded during a request. Raises ModelNotLoaded when it is not."""
        with self._lock:
            entry, service = self._find_loaded(name)
            with entry.idle:
                entry.users += 1
        try:
            yield service
        finally:
            with entry.idle:
                entry.users -= 1
                entry.idle.notify_all()

    def list_page(self, token: str, limit: int) -> tuple[list[tuple[str, str]], str | None]:
        """Return `limit` names and folders from `token` on, and the token of the next page.

        Raises BadData when the token was not issued by this server.
        """
        if token and not token.isdecimal():
            raise BadData("the next_page_token is not one this server gave out")
        start = int(token or 0)
        with self._lock:
            listed = [(name, e.url) for name, e in self._entries.items() if e.service is not None]
        following = start + limit
        return listed[start:following], str(following) if following < len(listed) else None

    def _find_loaded(self, name: str) -> tuple[_Entry, InferenceService]:
        entry = self._entries.get(name)
        if entry is None or entry.service is None:
            raise ModelNotLoaded(f"model {name!r} is not loaded")
        return entry, entry.service

    def _load_service(self, name: str, folder: Path) -> InferenceService:
        with self._reserve_memory(name, process_memory.estimate_load_memory(folder)):
            try:
                service = make_service(self._load(folder), self._settings, metrics=self._metrics)
            except MemoryError as error:
                raise NoRoom(f"model {name!r} does not fit into memory") from error
            service.warm_up()
            try:
                self._check_memory(name, 0)
            except NoRoom:
                del service  # the traceback refers to this frame, which would keep the model alive
                raise
        return service

    @contextmanager
    def _reserve_memory(self, name: str, needed: int) -> Iterator[None]:
        """Reserve the peak memory of a load in bytes, so that concurrent loads do not share it."""
        with self._admission:
            self._check_memory(name, self._loading + needed)
            self._loading += needed
        try:
            yield
        finally:
            with self._admission:
                self._loading -= needed

    def _check_memory(self, name: str, extra: int) -> None:
        if process_memory.read_resident_memory() + extra <= self._budget:
            return
        process_memory.release_memory()  # garbage of earlier loads counts as used until now
        needed = process_memory.read_resident_memory() + extra
        if needed > self._budget:
            raise NoRoom(
                f"loading model {name!r} may take {needed // MEGABYTE} MB in all, and"
                f" {self._budget // MEGABYTE} MB may be used",
                remedy="Unload another model first",
            )
