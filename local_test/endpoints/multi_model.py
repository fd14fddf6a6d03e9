"""Many models in one container: loaded at the first request, unloaded when memory is full.

Source: Developer Guide, 'Multi-Model Endpoints' and 'Custom Containers Contract for Multi-Model
Endpoints'.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.endpoints.archive_store import ArchiveStore, hash_target
from local_test.endpoints.invocation_response import EndpointResponse, make_error_response
from local_test.endpoints.loaded_models import LoadedModels
from local_test.endpoints.model_loader import ModelLoader
from local_test.endpoints.model_management import ModelManagement
from local_test.errors import UserError

TARGET_MODEL = "X-Amzn-SageMaker-Target-Model"
_NOT_LOADED = 404
_RETRIES = 2
_LOADS_AT_ONCE = 8

Send = Callable[[str], EndpointResponse]
"""Sends the request to a path of the container."""


class MultiModel:
    """The models of a container; thread-safe, used with `with`.

    `seconds` is how long a request waits for its model; loading continues after that.
    """

    def __init__(self, name: str, url: str, store: ArchiveStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._models = LoadedModels()
        self._loader = ModelLoader(name, store, ModelManagement(url), self._models, seconds)
        self._loads = ThreadPoolExecutor(_LOADS_AT_ONCE, "load")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loads.shutdown(cancel_futures=True)

    def invoke(self, target: str, send: Send) -> EndpointResponse:
        """Load the model if necessary, and `send` the request to it.

        A model that the container no longer has is loaded again.
        """
        try:
            archive = self._store.find(target)
        except UserError as error:
            return make_error_response(400, "ValidationError", str(error))
        response = self._load_and_send(target, archive, send)
        for _ in range(_RETRIES):
            if response.original_status == _NOT_LOADED:
                response = self._load_and_send(target, archive, send)
        return response

    def _load_and_send(self, target: str, archive: Path, send: Send) -> EndpointResponse:
        model = hash_target(target)

        def start_load() -> Future[EndpointResponse | None]:
            return self._loads.submit(self._loader.load, model, archive)

        with self._models.hold(model, start_load) as loaded:
            try:
                failed = loaded.loading.result(self._seconds)
            except TimeoutError:
                return _make_not_ready_error(target)
            if failed is not None:
                return failed
            response = send(f"/models/{model}/invoke")
        if response.original_status == _NOT_LOADED:
            self._models.drop(model, loaded)
        return response


def _make_not_ready_error(target: str) -> EndpointResponse:
    return make_error_response(
        429, "ModelNotReadyException", f"{target} is still being loaded; ask again"
    )
