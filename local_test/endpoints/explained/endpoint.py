"""An endpoint whose predictions are explained by a container beside those of the model."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.explained.explainer import (
    ENABLE_EXPLANATIONS,
    ExplainedRequest,
    Explainer,
)
from local_test.endpoints.invocation_response import (
    EndpointResponse,
    EndpointStream,
    make_error_response,
)
from local_test.endpoints.stage import Stage
from local_test.engines.protocol import Engine
from local_test.platform.limits import INVOCATION_SECONDS


class ExplainedEndpoint(Endpoint):
    """An endpoint that starts and stops the container of its explainer with its own.

    `explainer` is that container, `options` are those of Endpoint.
    """

    def __init__(
        self, stages: Sequence[Stage], engine: Engine, explainer: Endpoint, **options: Any
    ) -> None:
        super().__init__(stages, engine, **options)
        self._sidecar = explainer
        self._explainer = Explainer(explainer)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._sidecar)
            super().__enter__()
            stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ExitStack() as stack:
            stack.callback(self._sidecar.__exit__, kind, error, trace)
            super().__exit__(kind, error, trace)

    def invoke(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float | None = None,
    ) -> EndpointResponse:
        """Send one request through all containers, and return the answer with explanations.

        The header `X-Amzn-SageMaker-Enable-Explanations` says which records are explained. All
        requests to the model together have `seconds`.
        """
        enable, sent = _take_header(headers or {})
        deadline = time.monotonic() + (INVOCATION_SECONDS if seconds is None else seconds)

        def ask(content: bytes) -> EndpointResponse:
            left = max(deadline - time.monotonic(), 0.001)
            return Endpoint.invoke(self, content, content_type, accept, sent, seconds=left)

        answer = ask(body)
        if not answer.ok:
            return answer
        request = ExplainedRequest(body, content_type, enable, deadline)
        return self._explainer.explain(request, answer, ask)

    def open_stream(
        self,
        body: bytes,  # noqa: ARG002 - the arguments of Endpoint
        content_type: str | None = None,  # noqa: ARG002
        accept: str | None = None,  # noqa: ARG002
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> EndpointResponse | EndpointStream:
        """Return an error: explanations come as one document."""
        message = "an endpoint with an ExplainerConfig has no response streams: use InvokeEndpoint"
        return make_error_response(400, "ValidationError", message)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """The first process of each container, that of the explainer last."""
        return (*super().pids, *self._sidecar.pids)

    def is_healthy(self) -> bool:
        """Return whether every container responds to /ping with 200."""
        return super().is_healthy() and self._sidecar.is_healthy()

    def check_running(self) -> None:
        """Raise ContainerError when a container has exited."""
        super().check_running()
        self._sidecar.check_running()


def _take_header(headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return EnableExplanations, "" without it, and the headers for the model's containers."""
    own = ENABLE_EXPLANATIONS.lower()
    enable = next((value for name, value in headers.items() if name.lower() == own), "")
    return enable, {name: value for name, value in headers.items() if name.lower() != own}
