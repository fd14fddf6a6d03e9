"""The server of listening ports, over plain sockets: kept connections, their end, and a stop."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from local_test.endpoints import reserve_port
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal
from local_test.http_guard.refusals import Environ
from local_test.http_server import HttpServer

WAIT_SECONDS = 20
LONG = 1 << 17


class Application:
    """Answers by path; `/held` answers in two parts, the second one when `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        match request.path:
            case "/held":
                response = Response(self._hold())
            case "/fails":
                raise ZeroDivisionError
            case "/short":
                response = Response(iter([b"12"]), headers={"Content-Length": "3"})
            case "/unread":
                response = Response("unread")
            case _:
                response = Response(f"{request.method} {request.path} {len(request.get_data())}")
        return response(environ, start_response)

    def _hold(self) -> Iterator[bytes]:
        yield b"first "
        assert self.go.wait(WAIT_SECONDS)
        yield b"second"


@contextmanager
def serve(app: Application) -> Iterator[int]:
    """Serve an application behind a guard that lets all requests in, and yield the port."""
    with closing(reserve_port(0)) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        guard = GuardMiddleware(app, AllowedHosts(port), _refuse)
        with HttpServer(listener, guard).run("test"):
            yield port


def _refuse(refusal: Refusal) -> Response:
    return Response(refusal.message, refusal.status)


@pytest.fixture
def port() -> Iterator[int]:
    with serve(Application()) as port:
        yield port


def connect(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    connection.auto_open = 0
    connection.connect()
    return connection


def ask(connection: http.client.HTTPConnection, path: str, body: bytes = b"") -> str:
    connection.request("POST", path, body)
    response = connection.getresponse()
    return f"{response.status} {response.read().decode()}"


def is_ended(connection: http.client.HTTPConnection) -> bool:
    return connection.sock is None or connection.sock.recv(1) == b""


def test_a_connection_is_kept_whatever_its_requests_are(port: int) -> None:
    with closing(connect(port)) as connection:
        assert ask(connection, "/a") == "200 POST /a 0"
        assert ask(connection, "/b", b"x" * LONG) == f"200 POST /b {LONG}"
        assert ask(connection, "/unread", b"short") == "200 unread"
        connection.request("HEAD", "/c")
        assert connection.getresponse().read() == b""
        connection.request("PUT", "/d", b"12", {"Expect": "100-continue"})
        assert connection.getresponse().read() == b"PUT /d 2"


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [("/unread", b"GET / HTTP/1.1\r\n\r\n" * LONG, "200 unread"), ("/fails", b"", "500 a mistake")],
)
def test_a_connection_ends_where_its_next_request_is_not_found(
    port: int, path: str, body: bytes, answer: str
) -> None:
    with closing(connect(port)) as connection:
        assert ask(connection, path, body).startswith(answer)
        assert is_ended(connection)


def test_a_body_that_is_cut_off_is_seen_by_the_client(port: int) -> None:
    with closing(connect(port)) as connection, pytest.raises(http.client.IncompleteRead):
        ask(connection, "/short")


def test_a_client_of_http_1_0_gets_no_chunks() -> None:
    app = Application()
    app.go.set()
    with serve(app) as port, socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as client:
        client.sendall(f"GET /held HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        received = b"".join(iter(lambda: client.recv(LONG), b""))
    assert received.endswith(b"\r\n\r\nfirst second")


def test_a_stop_ends_idle_connections_and_waits_for_a_running_response() -> None:
    app = Application()
    with serve(app) as port:
        idle, busy = connect(port), connect(port)
        assert ask(idle, "/a") == "200 POST /a 0"
        busy.request("GET", "/held")
        response = busy.getresponse()
        assert response.read1() == b"first "  # sent before the rest is known
    with closing(idle), closing(busy):
        assert is_ended(idle)
        app.go.set()
        assert response.read() == b"second"
        assert is_ended(busy)


def test_a_full_server_ends_the_connection_that_is_idle_longest() -> None:
    with closing(reserve_port(0)) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        guard = GuardMiddleware(Application(), AllowedHosts(port), _refuse)
        server = HttpServer(listener, guard, most_connections=2)
        with server.run("test"), closing(connect(port)) as oldest, closing(connect(port)) as newer:
            for connection in (oldest, newer):
                assert ask(connection, "/a") == "200 POST /a 0"
                wait_until_idle(server)
            with closing(connect(port)) as last:
                assert ask(last, "/b") == "200 POST /b 0"
                assert is_ended(oldest)
                assert ask(newer, "/c") == "200 POST /c 0"


def wait_until_idle(server: HttpServer) -> None:
    """Wait until all connections wait for a request: a client may have its response before."""
    deadline = time.monotonic() + WAIT_SECONDS
    while None in [one.idle_since for one in list(server.open_connections._open)]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
