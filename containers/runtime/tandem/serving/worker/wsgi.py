"""One request through gunicorn's parser and a WSGI application, bytes to bytes.

The body is there before the application is asked, and the answer is whole before it is sent, so
neither waits for the client.
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

from tandem.serving.worker.error_responses import MissingHost

Address = tuple[str, int]
_CODING = "TRANSFER-ENCODING"


class ResponseSink:
    """Stands where gunicorn writes to a socket, and keeps the bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Keep a piece of the answer."""
        self._pieces.append(data)

    def send(self, data: bytes) -> int:
        """Drop an interim answer: the loop has sent it already."""
        return len(data)

    def gettimeout(self) -> float:
        """Say that nothing here waits."""
        return 0.0

    def join_pieces(self) -> bytes:
        """Return the whole answer."""
        return b"".join(self._pieces)

    @property
    def as_socket(self) -> socket.socket:
        """Return this under the name gunicorn knows it by."""
        return cast(socket.socket, self)


@dataclass
class ParsedRequest:
    """A request whose head gunicorn has read.

    `length` is None for a body in chunks, until its chunks are announced to be over the limit.
    """

    request: Request
    length: int | None
    expects_continue: bool
    body: bytes = field(default=b"", repr=False)

    @property
    def is_ping(self) -> bool:
        """Whether the platform asks for the server's health."""
        return self.request.path == "/ping"


def read_head(head: bytes, peer: Address, config: Config) -> ParsedRequest:
    """Read a head. Raises gunicorn's ParseException, or one of ours."""
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
    """Ask the application. Gives the answer and whether the connection ends with it.

    `ends` are the client's address and ours; `last` says that the connection shall end.
    """
    request, sink = parsed.request, ResponseSink()
    request.body = cast(Any, BytesIO(parsed.body))
    response, environ = wsgi.create(request, sink.as_socket, *addresses, request.cfg)
    environ["wsgi.multithread"] = True
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
