"""Where the body of a request ends: headers that contradict each other, and chunked bodies.

Source: RFC 9112, sections 6 and 7.1.
"""

import io
import re
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Response

from local_test.http_guard.refusals import Environ, Refusal

_LENGTH = re.compile("[0-9]{1,15}")
# What is read of a connection whose request was refused, and how long its next bytes may take.
_LINGER_SECONDS, _LINGER_BLOCKS, _BLOCK = 1.0, 1 << 14, 1 << 16
_REFUSED = "local_test.refused"


class RefusalFormatter(Protocol):
    """An application that formats refusals: the guard."""

    def make_response(self, refusal: Refusal) -> Response:
        """Return the response to a request that cannot be parsed."""


class StrictFraming(WSGIRequestHandler):
    """A request handler whose refusals of a request head have the form of the guard's.

    A repeated Content-Length is passed on to `check_framing`.
    """

    def parse_request(self) -> bool:
        """Parse the request head; return False when it is rejected."""
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400, "invalid path")
            return False
        if any("\0" in value for value in self.headers.values()):
            self.send_error(400, "null character in a header")
            return False
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Reject a request whose head cannot be parsed, and close the connection."""
        reason = message or explain or self.responses[HTTPStatus(code)][0]
        sentence = f"{reason}: request head. Send a valid HTTP/1.1 request."
        self.send_refusal(Refusal(code, "InvalidRequest", sentence))

    def send_refusal(self, refusal: Refusal) -> None:
        """Answer with a refusal in the form of the guard's, and close the connection."""
        guard: RefusalFormatter = self.server.app  # type: ignore[assignment]
        response = guard.make_response(refusal)
        self.request_version = self.protocol_version  # an unreadable one would send no headers
        self.send_response(refusal.status)
        for name, value in [*response.headers, ("Connection", "close")]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.get_data())
        self.hang_up()

    def hang_up(self) -> None:
        """Drain what the client still sends: closing earlier could lose the response."""
        with suppress(OSError):  # the client has gone, or takes too long
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            for _ in range(_LINGER_BLOCKS):
                if not self.connection.recv(_BLOCK):
                    return

    def make_environ(self) -> Environ:
        """Return the WSGI environment of the request."""
        environ: Environ = super().make_environ()
        lengths = self.headers.get_all("Content-Length", [])
        if len(lengths) > 1:
            environ["CONTENT_LENGTH"] = ", ".join(lengths)
        return environ


def check_framing(environ: Environ, limit: int | None) -> Refusal | None:
    """Return the refusal for invalid framing or a body over `limit` bytes, or None."""
    length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None and coding.strip().lower() != "chunked":
        message = f"unsupported Transfer-Encoding {coding!r}: request headers. Use chunked."
        return Refusal(501, "NotImplemented", message)
    if coding is not None and length is not None:
        message = "both Content-Length and Transfer-Encoding: request headers. Send one of them."
        return Refusal(400, "InvalidRequest", message)
    if length is None:
        return None
    if not _LENGTH.fullmatch(length):
        message = f"invalid Content-Length {length!r}: request headers. Send a number of bytes."
        return Refusal(400, "InvalidRequest", message)
    return _make_size_refusal(limit) if limit is not None and int(length) > limit else None


def _make_size_refusal(limit: int) -> Refusal:
    message = f"request body too large: more than {limit:,} bytes. Send a smaller one."
    return Refusal(413, "RequestEntityTooLargeException", message)


class ChunkedBody(io.RawIOBase):
    """A chunked body of at most `limit` bytes; `refusal` is set when reading it failed."""

    def __init__(self, stream: Any, limit: int | None) -> None:
        self._stream = stream
        self._limit = limit
        self._count = 0
        self.refusal: Refusal | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes.

        Raises BadRequest when the body is malformed, RequestEntityTooLarge when it is too large.
        """
        if self.refusal is not None:
            raise BadRequest(self.refusal.message)
        try:
            count: int = self._stream.readinto(buffer)
        except (OSError, ValueError) as error:  # ValueError: the connection ended inside a chunk
            message = "invalid chunked body: chunk sizes or line ends. Send it again."
            self.refusal = Refusal(400, "InvalidRequest", message)
            raise BadRequest(message) from error
        self._count += count
        if self._limit is not None and self._count > self._limit:
            self.refusal = _make_size_refusal(self._limit)
            raise RequestEntityTooLarge(self.refusal.message)
        return count


def limit_chunked_body(environ: Environ, limit: int | None) -> ChunkedBody | None:
    """Replace a chunked body by a stream of at most `limit` bytes; return it, or None."""
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    body = ChunkedBody(environ["wsgi.input"], limit)
    environ["wsgi.input"] = body
    return body


def read_length(environ: Environ) -> int | None:
    """Return the length of a request's body in bytes, None if its end is not clear from the head.

    A chunked body has no clear end.
    """
    length = environ.get("CONTENT_LENGTH", "0")
    is_clear = "HTTP_TRANSFER_ENCODING" not in environ and _LENGTH.fullmatch(length)
    return int(length) if is_clear else None


def mark_refused(environ: Environ) -> None:
    """Let the connection end after a request that is refused: what follows it is not read."""
    environ[_REFUSED] = True


def is_refused(environ: Environ) -> bool:
    """Return True if a request was refused."""
    return _REFUSED in environ
