"""Relay between containers: each response body and Content-Type goes to the next.

Source: Developer Guide, 'Inference Pipelines', and the rules of real-time inference.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import urllib3
from urllib3 import exceptions
from urllib3.util import SKIP_HEADER, Timeout

from local_test.endpoints.invocation_response import (
    EndpointResponse,
    EndpointStream,
    StreamError,
    make_error_response,
    make_model_error,
)
from local_test.platform.limits import INVOCATION_SECONDS, PAYLOAD_BYTES, STREAM_SECONDS

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
NEW_SESSION = "X-Amzn-SageMaker-New-Session-Id"
CLOSED_SESSION = "X-Amzn-SageMaker-Closed-Session-Id"
_RETURNED = (ATTRIBUTES, NEW_SESSION, CLOSED_SESSION)
FORWARDED_PREFIX = "x-amzn-sagemaker-"
_CONNECT_SECONDS = 5.0
_POOL_SIZE = 32
_INVOCATIONS = "/invocations"
_PART_BYTES = 1 << 16


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


@dataclass(frozen=True)
class _Course:
    """The way of one request; `deadline` is a time of the monotonic clock.

    `headers` and `chunked` are for the first container, `accept` is for the last one.
    """

    hops: tuple[Hop, ...]
    headers: Mapping[str, str]
    accept: str | None
    path: str
    deadline: float
    chunked: bool

    def make_message(self, hop: Hop, response: EndpointResponse) -> _Message:
        """Return what a container gets: the response of the one before."""
        is_first = hop is self.hops[0]
        headers = dict(self.headers) if is_first else {}
        if response.content_type is not None:
            headers["Content-Type"] = response.content_type
        if self.accept is not None and hop is self.hops[-1]:
            headers["Accept"] = self.accept
        return _Message(self.path, response.body, headers, self.deadline, self.chunked and is_first)


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
        course = self._plan(accept, headers, path, seconds, only, chunked=chunked)
        return self._pass_through(course, EndpointResponse(200, body, content_type), course.hops)

    def open_stream(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        only: str | None = None,
    ) -> EndpointResponse | EndpointStream:
        """Send `body` through the containers; return the last one's response part by part.

        A request that fails before the first byte of it has a complete response. The arguments are
        those of `invoke`.
        """
        course = self._plan(accept, headers, _INVOCATIONS, None, only, chunked=False)
        begin = EndpointResponse(200, body, content_type)
        response = self._pass_through(course, begin, course.hops[:-1])
        if not response.ok:
            return response
        last = course.hops[-1]
        raw = self._exchange(last, course.make_message(last, response), preload=False)
        if isinstance(raw, EndpointResponse):
            return raw
        parts = _read_parts(last, raw, course.deadline + STREAM_SECONDS - self._seconds)
        return EndpointStream(
            parts,
            partial(_drop_response, raw),
            raw.headers.get("Content-Type"),
            _select_attributes(raw),
        )

    def _plan(
        self,
        accept: str | None,
        headers: Mapping[str, str] | None,
        path: str,
        seconds: float | None,
        only: str | None,
        *,
        chunked: bool,
    ) -> _Course:
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds)
        hops = tuple(hop for hop in self._hops if only in {None, hop.name})
        return _Course(hops, _select_forwarded(headers or {}), accept, path, deadline, chunked)

    def _pass_through(
        self, course: _Course, response: EndpointResponse, hops: Sequence[Hop]
    ) -> EndpointResponse:
        for hop in hops:
            raw = self._exchange(hop, course.make_message(hop, response), preload=True)
            if isinstance(raw, EndpointResponse):
                return raw
            response = EndpointResponse(
                200, raw.data, raw.headers.get("Content-Type"), _select_attributes(raw)
            )
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

    def _exchange(
        self, hop: Hop, message: _Message, *, preload: bool
    ) -> EndpointResponse | urllib3.BaseHTTPResponse:
        """Return a container's successful response, or the error response to the client."""
        size = len(message.body)
        if self.payload_bytes is not None and size > self.payload_bytes:
            return make_error_response(
                413,
                "ValidationError",
                f"the body for {hop.name} has {size} bytes; the limit is {self.payload_bytes}",
            )
        try:
            response = _post_message(hop, message, preload=preload)
            if not 200 <= response.status < 300:
                return make_model_error(hop.name, response.status, response.data)
        except exceptions.NewConnectionError as error:  # a TimeoutError to urllib3
            return _make_silence_error(hop, error)
        except exceptions.TimeoutError:
            return make_model_error(hop.name, 0, b"Your invocation timed out")
        except exceptions.HTTPError as error:
            return _make_silence_error(hop, error)
        return response


def _read_parts(hop: Hop, response: urllib3.BaseHTTPResponse, deadline: float) -> Iterator[bytes]:
    """Yield what arrives of a body, at once. Raises StreamError when it breaks off."""
    try:
        while part := response.read1(_PART_BYTES):
            yield part
            if time.monotonic() > deadline:
                raise _make_overrun_error(hop)
    except exceptions.TimeoutError as error:
        raise _make_overrun_error(hop) from error
    except exceptions.HTTPError as error:
        message = f"{hop.name} ended before its response was complete: {error}"
        raise StreamError("StreamBroken", message) from error


def _drop_response(response: urllib3.BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()


def _make_overrun_error(hop: Hop) -> StreamError:
    message = (
        f"{hop.name} did not complete its response within {STREAM_SECONDS:.0f} s, or sent nothing "
        f"for {INVOCATION_SECONDS:.0f} s"
    )
    return StreamError("ModelInvocationTimeExceeded", message)


def _select_attributes(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name: response.headers[name] for name in _RETURNED if name in response.headers}


def _make_silence_error(hop: Hop, error: exceptions.HTTPError) -> EndpointResponse:
    return make_model_error(hop.name, 0, f"The container did not answer: {error}".encode())


def _post_message(hop: Hop, message: _Message, *, preload: bool) -> urllib3.BaseHTTPResponse:
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
            preload_content=preload,
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
