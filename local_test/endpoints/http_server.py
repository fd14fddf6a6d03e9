"""HTTP server of an endpoint: `POST /invocations` and `GET /ping`, on a port of this machine."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from local_test.endpoints.invocation_response import EndpointResponse, make_error_response
from local_test.errors import UserError
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal
from local_test.http_server import HttpServer
from local_test.platform.limits import HOSTING_GRACE_SECONDS

DEFAULT_PORT = 8080
_HOST = "127.0.0.1"
_BACKLOG = 1024
_HIGHEST_PORT = 65_535


class Invocable(Protocol):
    """What the server asks: an endpoint, or one that is replaced while it serves."""

    @property
    def payload_bytes(self) -> int | None:
        """The largest body of a request."""

    def invoke(
        self,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EndpointResponse:
        """Send one request through all containers."""

    def is_healthy(self) -> bool:
        """Return whether every container responds to /ping with 200."""


@dataclass(frozen=True)
class EndpointServer:
    """A running HTTP server of an endpoint."""

    port: int

    @property
    def url(self) -> str:
        """The URL of invocations."""
        return f"http://{_HOST}:{self.port}/invocations"


def reserve_port(port: int = DEFAULT_PORT, option: str = "--port") -> socket.socket:
    """Return a socket bound to the port (0: any free one).

    Raises UserError when it is taken or no port number; `option` is what chooses another one.
    """
    if not 0 <= port <= _HIGHEST_PORT:
        raise UserError(
            f"invalid port: {port}", f"give {option} a number from 0 to {_HIGHEST_PORT}"
        )
    port_socket = socket.socket()
    port_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        port_socket.bind((_HOST, port))
    except OSError as error:
        port_socket.close()
        raise _make_port_error(port, error, option) from error
    return port_socket


@contextmanager
def serve_endpoint(
    endpoint: Invocable,
    at: int | socket.socket = DEFAULT_PORT,
    allowed_hosts: Sequence[str] = (),
) -> Iterator[EndpointServer]:
    """Serve an endpoint at a port, or at a reserved socket.

    At the end no request is accepted any more, and running ones are completed.
    """
    with closing(at if isinstance(at, socket.socket) else reserve_port(at)) as port_socket:
        port = port_socket.getsockname()[1]
        try:
            port_socket.listen(_BACKLOG)
        except OSError as error:
            raise _make_port_error(port, error) from error
        app = _Application(endpoint)
        guard = GuardMiddleware(app, AllowedHosts(port, allowed_hosts), _make_refusal)
        try:
            with HttpServer(port_socket, guard).run("front"):
                yield EndpointServer(port)
        finally:
            app.drain(HOSTING_GRACE_SECONDS)


class _Application:
    def __init__(self, endpoint: Invocable) -> None:
        self._endpoint = endpoint
        self._under_way = 0
        self._changed = threading.Condition()

    def __call__(
        self, environ: dict[str, object], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        with self._changed:
            self._under_way += 1
        try:
            response = _to_http(self._route(Request(environ)))
            return list(response(environ, start_response))  # type: ignore[arg-type]
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def drain(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0, seconds)

    def _route(self, request: Request) -> EndpointResponse:
        methods = {"/invocations": "POST", "/ping": "GET"}
        if request.path not in methods:
            return make_error_response(
                404, "NotFound", "only POST /invocations and GET /ping are served here"
            )
        if request.method != methods[request.path]:
            return make_error_response(
                405, "MethodNotAllowed", f"use {methods[request.path]} {request.path}"
            )
        if request.path == "/ping":
            return EndpointResponse(200 if self._endpoint.is_healthy() else 503, b"")
        return self._invoke(request)

    def _invoke(self, request: Request) -> EndpointResponse:
        limit = self._endpoint.payload_bytes
        # One more: Werkzeug cuts a chunked body off at its limit, and the chain refuses the longer.
        request.max_content_length = None if limit is None else limit + 1
        try:
            body = request.get_data()
        except RequestEntityTooLarge:
            return make_error_response(
                413, "ValidationError", f"the body is larger than {limit} bytes"
            )
        headers = dict(request.headers.items())
        return self._endpoint.invoke(
            body, headers.get("Content-Type"), headers.get("Accept"), headers
        )


def _make_refusal(refusal: Refusal) -> Response:
    return _to_http(make_error_response(refusal.status, refusal.code, refusal.message))


def _to_http(result: EndpointResponse) -> Response:
    response = Response(result.body, result.status, dict(result.headers))
    response.headers.remove("Content-Type")
    if result.content_type is not None:
        response.headers["Content-Type"] = result.content_type
    return response


def _make_port_error(port: int, error: OSError, option: str = "--port") -> UserError:
    return UserError(
        f"port {port} is not available: {error.strerror or error}",
        f"stop the program that uses it, or choose another port with {option}",
    )
