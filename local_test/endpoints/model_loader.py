"""Loads a model into a container, and unloads others when memory or disk is full."""

import threading
from pathlib import Path

from local_test.endpoints.archive_store import ArchiveStore
from local_test.endpoints.invocation_response import (
    EndpointResponse,
    make_error_response,
    make_model_error,
)
from local_test.endpoints.loaded_models import LoadedModels
from local_test.endpoints.model_management import ManagementResponse, ModelManagement
from local_test.errors import DiskFull, UserError


class ModelLoader:
    """Unpacks archives and loads them into the container `name`; thread-safe."""

    def __init__(
        self,
        name: str,
        store: ArchiveStore,
        management: ModelManagement,
        models: LoadedModels,
        seconds: float,
    ) -> None:
        self._name = name
        self._store = store
        self._management = management
        self._models = models
        self._seconds = seconds
        self._evicting = threading.Lock()

    def load(self, model: str, archive: Path) -> EndpointResponse | None:
        """Load a model; return None, or the error response for the client."""
        loaded = False
        try:
            self._models.wait_for_unload(model)
            response = self._load_with_eviction(model, self._unpack(model, archive))
            loaded = response.loaded
        except UserError as error:
            return make_error_response(400, "ValidationError", str(error))
        except DiskFull as error:
            return make_error_response(507, "InsufficientStorage", str(error))
        finally:
            if not loaded:
                self._store.remove(model)
            self._models.record_load(model, loaded)
        return None if loaded else make_model_error(self._name, response.status, response.message)

    def _unpack(self, model: str, archive: Path) -> str:
        """Unpack an archive; when the disk is full, unload models that are not in use."""
        while True:
            try:
                return self._store.unpack_archive(model, archive)
            except DiskFull:
                with self._evicting:
                    if not self._evict_one(model):
                        raise

    def _load_with_eviction(self, model: str, folder: str) -> ManagementResponse:
        response = self._management.load(model, folder)
        if not response.out_of_memory:
            return response
        with self._evicting:
            while self._evict_one(model):
                response = self._management.load(model, folder)
                if not response.out_of_memory:
                    break
        return response

    def _evict_one(self, model: str) -> bool:
        with self._models.evict_idle(model, self._seconds) as evicted:
            if evicted is None:
                return False
            self._management.unload(evicted)
            self._store.remove(evicted)
        return True
