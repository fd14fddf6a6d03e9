"""One request through gunicorn's parser and a WSGI application, bytes to bytes.

The body is complete before the application runs, and the response is complete before it is sent, so
the application never waits for the client.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import UnsupportedTransferCoding
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from tandem.serving.app import WHOLE_BODY
from tandem.serving.worker.error_responses import MissingHost

Address = tuple[str, int]
_CODING = "TRANSFER-ENCODING"


class ResponseSink:
    """A stand-in for the socket that gunicorn writes a response to; it keeps the bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Keep a piece of the response."""
        self._pieces.append(data)

    def send(self, data: bytes) -> int:
        """Drop an interim response, which the event loop has sent already."""
        return len(data)

    def gettimeout(self) -> float:
        """Return 0: nothing here waits."""
        return 0.0

    def join_pieces(self) -> bytes:
        """Return the bytes of the whole response."""
        return b"".join(self._pieces)

    @property
    def as_socket(self) -> socket.socket:
        """This object, typed as the socket gunicorn expects."""
        return cast(socket.socket, self)


@dataclass
class ParsedRequest:
    """A request whose head gunicorn has parsed.

    `length` is the body's in bytes; None for a chunked body, unless its chunks exceed the limit.
    Beyond the limit `body` is not `whole`.
    """

    request: Request
    length: int | None
    expects_continue: bool
    body: bytes = field(default=b"", repr=False)
    whole: bool = False

    @property
    def is_ping(self) -> bool:
        """Whether this is the platform's health check."""
        return self.request.path == "/ping"


def read_head(head: bytes, peer: Address, config: Config) -> ParsedRequest:
    """Parse a head. Raises gunicorn's ParseException, or MissingHost."""
    request = Request(config, IterUnreader([head]), peer)
    fields = dict(request.headers)
    if "HOST" not in fields and request.version == (1, 1):
        raise MissingHost
    codings = [text.strip().lower() for name, text in request.headers if name == _CODING]
    if codings not in ([], ["chunked"]):  # gunicorn would hand on a body that is still packed
        raise UnsupportedTransferCoding(", ".join(codings))
    length = None if codings else int(fields.get("CONTENT-LENGTH", 0))
    return ParsedRequest(request, length, "EXPECT" in fields)


def run_application(
    app: Callable[..., Iterable[bytes]],
    parsed: ParsedRequest,
    addresses: tuple[Address, Address],
    *,
    close: bool,
) -> tuple[bytes, bool]:
    """Run the application. Return the response's bytes and whether the connection ends with it.

    `addresses` are the client's and ours; `close` ends the connection in any case.
    """
    request, sink = parsed.request, ResponseSink()
    request.body = cast(Any, BytesIO(parsed.body))
    response, environ = wsgi.create(request, sink.as_socket, *addresses, request.cfg)
    environ["wsgi.multithread"] = True
    if parsed.whole:
        environ[WHOLE_BODY] = parsed.body
    if parsed.length is not None and environ.pop("HTTP_TRANSFER_ENCODING", None):
        environ["CONTENT_LENGTH"] = str(parsed.length)  # so that the application refuses it
    if close:
        response.force_close()
    pieces = app(environ, response.start_response)
    try:
        for piece in pieces:
            response.write(piece)
        response.close()
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    return sink.join_pieces(), response.should_close()
