"""Many models behind one container: loaded when first asked for, unloaded when room is wanted.

Source: Developer Guide, 'Multi-Model Endpoints' and 'Custom Containers Contract for Multi-Model
Endpoints'.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.endpoints.archive_store import Shelf, opaque_name
from local_test.endpoints.invocation_response import Answer, refused
from local_test.endpoints.loaded_models import Residents
from local_test.endpoints.model_loader import Loader
from local_test.endpoints.model_management import Management
from local_test.errors import UserError

TARGET = "X-Amzn-SageMaker-Target-Model"
_NOT_LOADED = 404
_RETRIES = 2
_LOADS_AT_ONCE = 8

Send = Callable[[str], Answer]
"""Sends a request to a path of the container."""


class MultiModel:
    """The models of a container, from `with` to its end; threads may share it.

    `seconds` is how long a client waits for a model to be loaded; the load goes on after that.
    """

    def __init__(self, name: str, url: str, shelf: Shelf, seconds: float) -> None:
        self._shelf = shelf
        self._seconds = seconds
        self._residents = Residents()
        self._loader = Loader(name, shelf, Management(url), self._residents, seconds)
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

    def invoke(self, target: str, send: Send) -> Answer:
        """Have the model loaded, where it is not, and `send` the request to it.

        A model that the container turns out not to have is loaded again.
        """
        try:
            archive = self._shelf.find(target)
        except UserError as error:
            return refused(400, "ValidationError", str(error))
        answer = self._ask(target, archive, send)
        for _ in range(_RETRIES):
            if answer.original_status == _NOT_LOADED:
                answer = self._ask(target, archive, send)
        return answer

    def _ask(self, target: str, archive: Path, send: Send) -> Answer:
        model = opaque_name(target)

        def begin() -> Future[Answer | None]:
            return self._loads.submit(self._loader.load, model, archive)

        with self._residents.using(model, begin) as resident:
            try:
                failed = resident.loading.result(self._seconds)
            except TimeoutError:
                return _not_ready(target)
            if failed is not None:
                return failed
            answer = send(f"/models/{model}/invoke")
        if answer.original_status == _NOT_LOADED:
            self._residents.forget(model, resident)
        return answer


def _not_ready(target: str) -> Answer:
    return refused(429, "ModelNotReadyException", f"{target} is still being loaded; ask again")
