"""A response on a connection: its head, its body, and whether the connection is kept.

Source: PEP 3333; RFC 9112, sections 6.3 (length of a message) and 9.3 (persistence).
"""

import logging
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
_BODILESS = {204, 304}
_log = logging.getLogger(__name__)


class ResponseWriter:
    """Context manager: writes what a WSGI application returns.

    `keep` returns whether the connection may be kept; it is called when the head is written. An
    error of the connection ends it without a word, another one of the application is logged, and
    `fail` answers the request if nothing was sent.
    """

    def __init__(
        self,
        handler: BaseHTTPRequestHandler,
        keep: Callable[[], bool],
        fail: Callable[[], None],
    ) -> None:
        self._handler = handler
        self._keep = keep
        self._fail = fail
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._is_sent = False
        self._has_body = True
        self._chunked = False
        self._rest: int | None = None  # bytes of the body to come, None if not known

    def start(
        self, status: str, headers: list[tuple[str, str]], error: Any = None
    ) -> Callable[[bytes], object]:
        """Keep the head of the response: WSGI's `start_response`."""
        if error is not None and self._is_sent:
            raise error[1].with_traceback(error[2])
        self._head = status, headers
        return self._write

    def send(self, chunks: Iterable[bytes]) -> None:
        """Write the body, each part as soon as the application has it."""
        for chunk in chunks:
            self._write(chunk)
        if not self._is_sent:
            self._write(b"")
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")
        self._handler.wfile.flush()
        if self._rest:
            self._handler.close_connection = True  # the client sees that the body is cut off

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        """End the connection after an error, and keep the error from the server."""
        if error is None:
            return False
        self._handler.close_connection = True
        if not isinstance(error, Exception):
            return False
        if not isinstance(error, ConnectionError | TimeoutError):
            _log.error("%s failed", self._handler.requestline, exc_info=error)
            if not self._is_sent:
                self._fail()
        return True

    def _write(self, data: bytes) -> None:
        output = self._handler.wfile
        if not self._is_sent:
            self._send_head()
        if data and self._has_body:
            if self._chunked:
                output.write(b"%x\r\n%b\r\n" % (len(data), data))
            elif self._rest is None:
                output.write(data)
            else:
                output.write(data[: self._rest])
                self._rest -= min(len(data), self._rest)
        output.flush()

    def _send_head(self) -> None:
        if self._head is None:
            raise RuntimeError("the application returned a body without a head")
        handler, (status, headers) = self._handler, self._head
        code, _, reason = status.partition(" ")
        handler.send_response(int(code), reason)
        self._is_sent = True
        length = None
        for name, value in headers:
            low = name.lower()
            if low in _HOP_BY_HOP:
                continue
            if low == "content-length":
                length = int(value)
            handler.send_header(name, value)
        self._frame_body(int(code), length)
        if not self._keep():
            handler.close_connection = True
        if handler.close_connection:
            handler.send_header("Connection", "close")
        handler.end_headers()

    def _frame_body(self, code: int, length: int | None) -> None:
        """Decide how the client finds the end of the body."""
        handler = self._handler
        self._has_body = handler.command != "HEAD" and code not in _BODILESS
        if not self._has_body:
            return
        self._rest = length
        if length is not None:
            return
        if handler.request_version == "HTTP/1.1":
            self._chunked = True
            handler.send_header("Transfer-Encoding", "chunked")
        else:
            handler.close_connection = True
