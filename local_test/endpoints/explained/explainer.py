"""The explainer beside the containers of a model: Kernel SHAP of a request's records.

The explainer is a container of its own, which reads requests and answers and draws synthetic
records. This module carries them to the model and back, so the explainer needs no network.

Source: Developer Guide, "Invoke the endpoint" (online explainability): the response.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.invocation_response import (
    JSON,
    EndpointResponse,
    make_error_response,
    make_model_error,
)
from local_test.errors import LocalError

ENABLE_EXPLANATIONS = "X-Amzn-SageMaker-Enable-Explanations"
_NAME = "explainer"
_VERSION = "1.0"
Ask = Callable[[bytes], EndpointResponse]
"""Sends a body of the client's content type through the model's containers."""


@dataclass(frozen=True)
class ExplainedRequest:
    """A request to explain; `enable` is its EnableExplanations, "" for that of the endpoint.

    `deadline` is a time of the monotonic clock.
    """

    body: bytes
    content_type: str | None
    enable: str
    deadline: float


class _Refused(LocalError):
    """A response ends the explanation."""

    def __init__(self, response: EndpointResponse) -> None:
        super().__init__(response.error)
        self.response = response


class Explainer:
    """Explains requests by a container that runs; thread-safe."""

    def __init__(self, container: Endpoint) -> None:
        self._container = container

    def explain(
        self, request: ExplainedRequest, answer: EndpointResponse, ask: Ask
    ) -> EndpointResponse:
        """Return the predictions of an answer with their explanations, or the first error."""
        try:
            predictions = _decode(answer.body, "the model's answer")
            document = self._explain_records(request, answer.content_type, predictions, ask)
        except _Refused as refusal:
            return refusal.response
        return EndpointResponse(200, json.dumps(document).encode(), JSON, answer.headers)

    def _explain_records(
        self, request: ExplainedRequest, answer_type: str | None, predictions: str, ask: Ask
    ) -> dict[str, Any]:
        types = {"content_type": request.content_type, "answer_type": answer_type}
        text = _decode(request.body, "the body")
        fields = {"body": text, "answer": predictions, "enable": request.enable}
        read = self._run(request, "select", types | fields)
        explanations: list[Any] = [None] * read["count"]
        for chosen in read["selected"]:
            plan = self._run(request, "plan", types | chosen)
            answers = [_decode(_ask(ask, body), "the model's answer") for body in plan["requests"]]
            asked = {"answers": answers, "rows": plan["rows"], "seed": plan["seed"]}
            found = self._run(request, "explain", types | chosen | asked)
            explanations[chosen["index"]] = found["explanation"]
        return {
            "version": _VERSION,
            "predictions": {"content_type": answer_type, "data": predictions},
            **({"label_headers": read["labels"]} if "labels" in read else {}),
            "explanations": {"kernel_shap": explanations} if read["selected"] else {},
        }

    def _run(self, request: ExplainedRequest, step: str, message: Mapping[str, Any]) -> Any:
        """Return the explainer's answer to one step. Raises _Refused when it answers an error."""
        body = json.dumps({"step": step, **message}).encode()
        left = max(request.deadline - time.monotonic(), 0.001)
        response = self._container.invoke(body, JSON, seconds=left)
        if response.ok:
            return json.loads(response.body)
        raise _Refused(_rename_error(response))


def _ask(ask: Ask, body: str) -> bytes:
    response = ask(body.encode())
    if not response.ok:
        raise _Refused(response)
    return response.body


def _decode(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        message = f"{what} is not UTF-8, which an endpoint with an ExplainerConfig needs."
        raise _Refused(make_error_response(400, "ValidationError", message)) from None


def _rename_error(response: EndpointResponse) -> EndpointResponse:
    """Return the ModelError of the explainer, with its own sentence as the original message."""
    original = json.loads(response.body).get("OriginalMessage", "")
    with suppress(ValueError, KeyError, TypeError):  # a timeout, or a container that has ended
        original = json.loads(original)["message"]
    return make_model_error(_NAME, response.original_status or 0, str(original).encode())
