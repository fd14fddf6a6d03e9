"""HTTP servers for one page on this machine, guarded against other web pages.

A page of any web site can send requests to a port of this machine. It cannot forge `Host`, `Origin`
or `Sec-Fetch-Site`, so these say whether a request comes from the page of the port itself.

Source: Fetch Standard (Origin header, CORS protocol); W3C, Fetch Metadata Request Headers;
RFC 9112, section 6.
"""

from __future__ import annotations

import re
import socket
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deploy.api.errors import ApiError
from deploy.api.front.problems import MEDIA_TYPE, Problem

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")
_ORIGIN = re.compile(r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_LENGTH = re.compile(r"[0-9]{1,15}")
_DEFAULT_PORT = 80
# Of a client that sends or reads nothing, and of one whose request was refused; seconds, bytes.
_IDLE_SECONDS, _LINGER_SECONDS, _LINGER_BYTES = 60.0, 2.0, 64 << 20


def parse_origin(text: str) -> str:
    """Return an origin as browsers write it. Raises ApiError for a text that is none."""
    origin = text.lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise ApiError(f"invalid origin {text!r}: --allow-origin. Write http://NAME:PORT")
    return origin


class GuardedServer(ThreadingHTTPServer):
    """A server on the loopback address; `origins` are other web origins whose pages may call."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, handler: type[GuardedHandler], origins: tuple[str, ...] = ()
    ) -> None:
        super().__init__((HOST, port), handler)
        bare = _NAMES if self.server_port == _DEFAULT_PORT else ()
        self.names = frozenset([*bare, *(f"{name}:{self.server_port}" for name in _NAMES)])
        self.origins = frozenset([*origins, *(f"http://{name}" for name in self.names)])


class GuardedHandler(BaseHTTPRequestHandler):
    """A handler whose `answer` sees only requests of this port's page and of programs.

    `limit` is the largest body in bytes. All refusals are JSON, and end the connection.
    """

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: GuardedServer
    limit = 10 << 20
    length = 0

    def answer(self) -> None:
        """Respond to a request that passed the checks."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Answer a request of this method as of any other."""
        self.answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def handle_one_request(self) -> None:
        """Answer one request; a client that goes away ends only its own connection."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read the head and check it before anything else looks at it."""
        if not super().parse_request():
            return False
        try:
            self._check_caller(self.headers)
            self.length = _body_length(self.headers, self.limit)
        except Problem as problem:
            self.refuse(problem)
            return False
        return True

    def read_body(self) -> bytes:
        """Return the whole body. Raises ConnectionError when the client ends before it does."""
        body = self.rfile.read(self.length)
        if len(body) < self.length:
            raise ConnectionError("the connection ended inside a body")
        return body

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the base class refuses, such as an unreadable request line."""
        reason = message or explain or self.responses[code][0]
        self.refuse(Problem(code, f"{reason}: request head. Send a valid HTTP/1.1 request."))

    def refuse(self, problem: Problem) -> None:
        """Answer a request that is not served, and end the connection."""
        self.request_version = self.protocol_version  # an unreadable one would send no headers
        media_type, body = self.describe(problem)
        headers = {**problem.headers, "Content-Type": media_type, "Connection": "close"}
        self.send(problem.status, headers, body)
        self._linger()

    def describe(self, problem: Problem) -> tuple[str, bytes]:
        """Return content type and body of a refusal."""
        return MEDIA_TYPE, problem.to_json(uuid.uuid4().hex).encode()

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer, which no page of another origin may embed."""
        self.send_response(status)
        own = {"X-Content-Type-Options": "nosniff", "Content-Length": str(len(body))}
        frames = {"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY"}
        for name, value in {**headers, **frames, **own}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _check_caller(self, headers: Message) -> None:
        hosts, origins = headers.get_all("Host", []), headers.get_all("Origin", [])
        if len(hosts) != 1 or not hosts[0]:
            detail = "no Host header, or several: request head. Send the address that you call."
            raise Problem(400, detail)
        if hosts[0].lower() not in self.server.names:
            detail = (
                f"foreign host {hosts[0]!r}: Host header. Call {HOST}:{self.server.server_port}."
            )
            raise Problem(403, detail)
        if "websocket" in headers.get("Upgrade", "").lower():
            raise Problem(403, "unsupported upgrade to WebSocket: Upgrade header. Use plain HTTP.")
        foreign = [origin for origin in origins if origin.lower() not in self.server.origins]
        if foreign:
            detail = f"foreign web page {foreign[0]!r}: Origin header. Use the page of this port."
            raise Problem(403, detail)
        site = headers.get("Sec-Fetch-Site", "")
        if not origins and site in {"cross-site", "same-site"} and not self._follows_link():
            detail = f"request of another web page ({site}): Sec-Fetch-Site header."
            raise Problem(403, f"{detail} Use the page of this port.")

    def _follows_link(self) -> bool:
        """Return whether this port's page is opened by a link, which lets no page read it."""
        read = self.command in {"GET", "HEAD"}
        mode, shown = (self.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest"))
        return read and (mode, shown) == ("navigate", "document")

    def _linger(self) -> None:
        """Read what the client still sends, as closing before would take the answer from it."""
        deadline, bytes_left = time.monotonic() + _LINGER_SECONDS, _LINGER_BYTES
        with suppress(OSError):  # the client has gone, or takes too long
            self.connection.shutdown(socket.SHUT_WR)
            while bytes_left > 0 and (seconds_left := deadline - time.monotonic()) > 0:
                self.connection.settimeout(seconds_left)
                count = len(self.connection.recv(1 << 16))
                bytes_left = bytes_left - count if count else 0


def _body_length(headers: Message, limit: int) -> int:
    """Return the length of the body. Raises Problem where it is not clear or over the limit."""
    lengths = headers.get_all("Content-Length", [])
    if "Transfer-Encoding" in headers:
        detail = "unsupported Transfer-Encoding: request head. Send a Content-Length instead."
        raise Problem(400 if lengths else 411, detail)
    if len(lengths) > 1 or any(not _LENGTH.fullmatch(length) for length in lengths):
        text = ", ".join(lengths)
        detail = f"invalid Content-Length {text!r}: request head. Send one number of bytes."
        raise Problem(400, detail)
    length = int(lengths[0]) if lengths else 0
    if length > limit:
        detail = f"request body too large: more than {limit:,} bytes. Send a smaller one."
        raise Problem(413, detail)
    return length
