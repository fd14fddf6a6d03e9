"""An endpoint whose containers are replaced while it serves: no request is lost."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.invocation_response import EndpointResponse
from local_test.endpoints.reloading.file_changes import ChangeWatch
from local_test.endpoints.stage import Stage
from local_test.errors import ContainerError, LocalError
from local_test.platform.limits import INVOCATION_SECONDS


class _Generation:
    """A running endpoint, and how many requests it is answering."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.under_way = 0
        self.stack = ExitStack()
        self.stack.enter_context(endpoint)


class ReloadingEndpoint:
    """Serves the containers of `make_endpoint`, anew whenever `watched` files change.

    Entering raises what the first start raises. Later, containers that do not start leave those
    before them in place.
    """

    def __init__(self, make_endpoint: Callable[[], Endpoint], watched: Sequence[Path]) -> None:
        self._make_endpoint = make_endpoint
        self._watch = ChangeWatch(watched)
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._current = _Generation(self._make_endpoint())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._current.stack.close()

    @property
    def payload_bytes(self) -> int | None:
        """The largest body of a request."""
        return self._current.endpoint.payload_bytes

    @property
    def seconds_to_ready(self) -> float:
        """How long the start of the present containers took."""
        return self._current.endpoint.seconds_to_ready

    def invoke(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EndpointResponse:
        """Send one request through the present containers."""
        with self._use_current() as endpoint:
            return endpoint.invoke(body, content_type, accept, headers)

    def is_healthy(self) -> bool:
        """Return whether every present container responds to /ping with 200."""
        with self._use_current() as endpoint:
            return endpoint.is_healthy()

    def check_running(self) -> None:
        """Raise ContainerError when a present container has exited."""
        self._current.endpoint.check_running()

    def find_changes(self) -> list[Path]:
        """Return the files that have changed since the last call."""
        return self._watch.find_changes()

    def reload(self) -> LocalError | None:
        """Start new containers, let them take over, and stop those before, which answer first.

        Returns why the new ones cannot serve; the present ones go on then.
        """
        try:
            new = _Generation(self._make_endpoint())
        except LocalError as error:
            return error
        except OSError as error:  # a file went away while it was copied
            return ContainerError(f"{error.filename}: {error.strerror}")
        with self._changed:
            old, self._current = self._current, new
            self._changed.wait_for(lambda: old.under_way == 0, INVOCATION_SECONDS)
        old.stack.close()
        return None

    @contextmanager
    def _use_current(self) -> Iterator[Endpoint]:
        with self._changed:
            used = self._current
            used.under_way += 1
        try:
            yield used.endpoint
        finally:
            with self._changed:
                used.under_way -= 1
                self._changed.notify_all()


def list_watched(stages: Sequence[Stage]) -> list[Path]:
    """Return the source code and the models of the containers."""
    found = []
    for stage in stages:
        code = stage.source_code
        if code is not None:
            found.append(Path(code.entry_point) if code.source_dir is None else code.source_dir)
        found += [path for path in (stage.model, stage.models) if isinstance(path, Path)]
    return found
