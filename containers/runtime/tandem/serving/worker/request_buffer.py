"""The bytes a client has sent so far: received data in, complete requests out."""

from __future__ import annotations

from typing import NamedTuple

from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders

from tandem.serving import request_head
from tandem.serving.request_head import RequestHead
from tandem.serving.worker.chunked_body import ChunkedBody
from tandem.serving.worker.wsgi import Address, ParsedRequest, read_head

_LARGEST_HEAD = 1 << 16
_FIRST_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r")


class HttpRequest(NamedTuple):
    """A complete HTTP request.

    Either `plain_head` (the fast path's) or `parsed` (by gunicorn's parser) is set, never both.
    `too_large` requests are declared larger than the limit; `body` is then empty or incomplete.
    """

    raw_head: bytes
    body: bytes
    plain_head: RequestHead | None = None
    parsed: ParsedRequest | None = None
    too_large: bool = False


class RequestBuffer:
    """The requests of one connection, in their order; `limit` is the largest body in bytes.

    Flask itself rejects a body of one byte more than the limit, so that byte is let through.
    """

    def __init__(self, peer: Address, config: Config, limit: int | None) -> None:
        self._peer = peer
        self._config = config
        self._largest_body = None if limit is None else limit + 1
        self._data = b""
        self._current: HttpRequest | None = None
        self._pieces: list[bytes] = []
        self._missing = 0
        self._chunks: ChunkedBody | None = None

    @property
    def empty(self) -> bool:
        """Whether no byte of a next request has been received."""
        return self._current is None and not self._data

    @property
    def body_length(self) -> int | None:
        """The length in bytes of the body being received; None for a chunked one."""
        request = self._current
        if request is None or request.plain_head is not None:
            return request.plain_head.length if request and request.plain_head else 0
        return request.parsed.length if request.parsed else 0

    def take_expectation(self) -> bool:
        """Return True once when the client waits for `100 Continue` before it sends the body."""
        parsed = self._current.parsed if self._current else None
        if parsed is None or not parsed.expects_continue:
            return False
        parsed.expects_continue = False
        return True

    def feed(self, data: bytes) -> None:
        """Add received bytes. Raises gunicorn's InvalidChunkSize when a chunk is damaged."""
        if self._chunks is not None:
            self._chunks.feed(data)
        elif self._current is not None:
            self._pieces.append(data)
            self._missing -= len(data)
        else:
            self._data = self._data + data if self._data else data

    def next_request(self) -> HttpRequest | None:
        """Return the next complete request, or None. Raises gunicorn's ParseException."""
        request = self._current or self._start_request()
        if request is None:
            return None
        if request.too_large:
            return self._complete(request, b"")
        if self._chunks is not None:
            return self._finish_chunked(request, self._chunks)
        if self._missing > 0:
            return None
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._missing < 0:
            body, self._data = body[: self._missing], body[self._missing :]
        return self._complete(request, body)

    def _start_request(self) -> HttpRequest | None:
        """Parse a complete head; the bytes after it belong to the body."""
        end = self._data.find(request_head.END) + len(request_head.END)
        if end < len(request_head.END):
            self._check_start()
            return None
        head, data = self._data[:end], self._data[end:]
        self._data = b""
        plain = request_head.parse_head(head)
        parsed = None if plain else read_head(head, self._peer, self._config)
        length = plain.length if plain else parsed.length if parsed else 0
        too_large = (
            length is not None and self._largest_body is not None and length > self._largest_body
        )
        self._current = request = HttpRequest(head, b"", plain, parsed, too_large)
        if length is None:
            self._chunks = ChunkedBody(self._largest_body)
            self._chunks.feed(data)
        else:
            self._pieces, self._missing = [data], length - len(data)
        return request

    def _finish_chunked(self, request: HttpRequest, chunks: ChunkedBody) -> HttpRequest | None:
        if not (chunks.done or chunks.too_large):
            return None
        self._data, self._chunks = chunks.rest, None
        if chunks.too_large and request.parsed is not None:
            request.parsed.length = chunks.length
        return self._complete(request._replace(too_large=chunks.too_large), b"".join(chunks.pieces))

    def _complete(self, request: HttpRequest, body: bytes) -> HttpRequest:
        self._current, self._pieces = None, []
        return request._replace(body=body)

    def _check_start(self) -> None:
        """Reject early what can never become a head."""
        data = self._data
        if not data:
            return
        line, end, _ = data.partition(b"\n")
        if data[0] not in _FIRST_BYTES or (end and not line.endswith(b"\r")):
            raise InvalidRequestLine(line[:40].decode("latin-1"))
        if len(data) > _LARGEST_HEAD:
            raise LimitRequestHeaders("the head is over 64 KiB")
