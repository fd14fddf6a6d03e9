"""Relay between containers: each response body and Content-Type goes to the next.

Source: Developer Guide, 'Inference Pipelines', and the rules of real-time inference.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import urllib3
from urllib3 import exceptions
from urllib3.util import SKIP_HEADER, Timeout

from local_test.endpoints.invocation_response import (
    EndpointResponse,
    make_error_response,
    make_model_error,
)
from local_test.platform.limits import INVOCATION_SECONDS, PAYLOAD_BYTES

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
FORWARDED_PREFIX = "x-amzn-sagemaker-"
_CONNECT_SECONDS = 5.0
_POOL_SIZE = 32
_INVOCATIONS = "/invocations"


@dataclass(frozen=True)
class Hop:
    """One container, with its keep-alive connections."""

    name: str
    pool: urllib3.HTTPConnectionPool


@dataclass(frozen=True)
class _Message:
    path: str
    body: bytes
    headers: Mapping[str, str]
    deadline: float
    chunked: bool


class PipelineRelay:
    """Invokes the containers one after the other; thread-safe.

    `seconds` is the timeout of a request, `payload_bytes` the largest body, None for any.
    """

    def __init__(
        self,
        containers: Sequence[tuple[str, str]],
        *,
        seconds: float = INVOCATION_SECONDS,
        payload_bytes: int | None = PAYLOAD_BYTES,
    ) -> None:
        self._hops = [
            Hop(name, urllib3.connectionpool.connection_from_url(url, maxsize=_POOL_SIZE))
            for name, url in containers
        ]
        self._seconds = seconds
        self.payload_bytes = payload_bytes

    def close(self) -> None:
        """Close the keep-alive connections."""
        for hop in self._hops:
            hop.pool.close()

    def invoke(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
        path: str = _INVOCATIONS,
        seconds: float | None = None,
        only: str | None = None,
    ) -> EndpointResponse:
        """Send `body` through the containers; return the last response, or the first error.

        Each request goes to `path`; all of them together have `seconds`. `content_type`, `chunked`
        and the `X-Amzn-SageMaker-*` headers go to the first container, `accept` goes to the last
        one. With `only`, the container of that name alone is invoked.
        """
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds)
        forwarded = _select_forwarded(headers or {})
        response = EndpointResponse(200, body, content_type)
        hops = [hop for hop in self._hops if only in {None, hop.name}]
        for index, hop in enumerate(hops):
            sent_headers = forwarded if index == 0 else {}
            if response.content_type is not None:
                sent_headers = sent_headers | {"Content-Type": response.content_type}
            if accept is not None and index == len(hops) - 1:
                sent_headers = sent_headers | {"Accept": accept}
            message = _Message(path, response.body, sent_headers, deadline, chunked and index == 0)
            response = self._send_to(hop, message)
            if not response.ok:
                return response
        return response

    def read_execution_parameters(self) -> bytes:
        """Return the first container's /execution-parameters, b"" without any."""
        try:
            response = self._hops[0].pool.request(
                "GET", "/execution-parameters", retries=False, timeout=_CONNECT_SECONDS
            )
        except exceptions.HTTPError:
            return b""
        return response.data if response.status == 200 else b""

    def _send_to(self, hop: Hop, message: _Message) -> EndpointResponse:
        size = len(message.body)
        if self.payload_bytes is not None and size > self.payload_bytes:
            return make_error_response(
                413,
                "ValidationError",
                f"the body for {hop.name} has {size} bytes; the limit is {self.payload_bytes}",
            )
        try:
            response = _post_message(hop, message)
        except exceptions.NewConnectionError as error:  # a TimeoutError to urllib3
            return _make_silence_error(hop, error)
        except exceptions.TimeoutError:
            return make_model_error(hop.name, 0, b"Your invocation timed out")
        except exceptions.HTTPError as error:
            return _make_silence_error(hop, error)
        if not 200 <= response.status < 300:
            return make_model_error(hop.name, response.status, response.data)
        attributes = (
            {ATTRIBUTES: response.headers[ATTRIBUTES]} if ATTRIBUTES in response.headers else {}
        )
        return EndpointResponse(
            200, response.data, response.headers.get("Content-Type"), attributes
        )


def _make_silence_error(hop: Hop, error: exceptions.HTTPError) -> EndpointResponse:
    return make_model_error(hop.name, 0, f"The container did not answer: {error}".encode())


def _post_message(hop: Hop, message: _Message) -> urllib3.BaseHTTPResponse:
    def send() -> urllib3.BaseHTTPResponse:
        left = max(message.deadline - time.monotonic(), 0.001)
        return hop.pool.urlopen(
            "POST",
            message.path,
            body=message.body,
            headers={
                "User-Agent": "local-sagemaker",
                "Accept-Encoding": SKIP_HEADER,
                **message.headers,
            },
            timeout=Timeout(connect=min(left, _CONNECT_SECONDS), read=left),
            retries=False,
            redirect=False,
            chunked=message.chunked,
            decode_content=False,
        )

    try:
        return send()
    except exceptions.ProtocolError:
        # A kept connection may be closed by its server while the request is on the way.
        return send()


def _select_forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name.lower().startswith(FORWARDED_PREFIX)
    }
