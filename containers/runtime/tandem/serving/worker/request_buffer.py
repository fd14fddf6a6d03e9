"""What a client has sent: bytes in as they come, whole requests out."""

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
    """A request that is complete, or `refused`: too large, and given before its body has come.

    One of `plain` and `incoming` is there.
    """

    raw_head: bytes
    body: bytes
    plain_head: RequestHead | None = None
    parsed: ParsedRequest | None = None
    too_large: bool = False


class RequestBuffer:
    """One connection's requests, one after the other; `limit` is a body's, in bytes.

    Flask refuses one byte more than the limit by itself, and must see it.
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
        """Whether no request has begun."""
        return self._current is None and not self._data

    @property
    def body_length(self) -> int | None:
        """The length of the body under way; None for one in chunks, whose end alone says it."""
        begun = self._current
        if begun is None or begun.plain_head is not None:
            return begun.plain_head.length if begun and begun.plain_head else 0
        return begun.parsed.length if begun.parsed else 0

    def take_expectation(self) -> bool:
        """Say, once, that the client waits to be told that it may send the body."""
        incoming = self._current.parsed if self._current else None
        if incoming is None or not incoming.expects_continue:
            return False
        incoming.expects_continue = False
        return True

    def feed(self, data: bytes) -> None:
        """Take what has come. Raises gunicorn's errors for damaged chunks."""
        if self._chunks is not None:
            self._chunks.feed(data)
        elif self._current is not None:
            self._pieces.append(data)
            self._missing -= len(data)
        else:
            self._data = self._data + data if self._data else data

    def next_request(self) -> HttpRequest | None:
        """Return the next request, or None until more has come. Raises gunicorn's errors."""
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
        """Read a head, if it is there; what comes behind it is the body's."""
        end = self._data.find(request_head.END) + len(request_head.END)
        if end < len(request_head.END):
            self._check_start()
            return None
        head, data = self._data[:end], self._data[end:]
        self._data = b""
        plain = request_head.parse_head(head)
        incoming = None if plain else read_head(head, self._peer, self._config)
        length = plain.length if plain else incoming.length if incoming else 0
        refused = (
            length is not None and self._largest_body is not None and length > self._largest_body
        )
        self._current = begun = HttpRequest(head, b"", plain, incoming, refused)
        if length is None:
            self._chunks = ChunkedBody(self._largest_body)
            self._chunks.feed(data)
        else:
            self._pieces, self._missing = [data], length - len(data)
        return begun

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
        """Refuse early what will never be a head."""
        data = self._data
        if not data:
            return
        line, found, _ = data.partition(b"\n")
        if data[0] not in _FIRST_BYTES or (found and not line.endswith(b"\r")):
            raise InvalidRequestLine(line[:40].decode("latin-1"))
        if len(data) > _LARGEST_HEAD:
            raise LimitRequestHeaders("the head is over 64 KiB")
