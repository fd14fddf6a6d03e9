"""What a client has sent: bytes in as they come, whole requests out."""

from __future__ import annotations

from typing import NamedTuple

from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders

from tandem.serving import request_head
from tandem.serving.request_head import Plain
from tandem.serving.worker.chunked_body import Chunks
from tandem.serving.worker.wsgi import Address, Incoming, read_head

_MOST_HEAD = 1 << 16
_FIRST = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r")


class Whole(NamedTuple):
    """A request that is complete, or `refused`: too large, and given before its body has come.

    One of `plain` and `incoming` is there.
    """

    head: bytes
    body: bytes
    plain: Plain | None = None
    incoming: Incoming | None = None
    refused: bool = False


class Inbox:
    """One connection's requests, one after the other; `limit` is a body's, in bytes.

    Flask refuses one byte more than the limit by itself, and must see it.
    """

    def __init__(self, peer: Address, config: Config, limit: int | None) -> None:
        self._peer = peer
        self._config = config
        self._most = None if limit is None else limit + 1
        self._data = b""
        self._begun: Whole | None = None
        self._pieces: list[bytes] = []
        self._missing = 0
        self._chunks: Chunks | None = None

    @property
    def empty(self) -> bool:
        """Whether no request has begun."""
        return self._begun is None and not self._data

    @property
    def length(self) -> int | None:
        """The length of the body under way; None for one in chunks, whose end alone says it."""
        begun = self._begun
        if begun is None or begun.plain is not None:
            return begun.plain.length if begun and begun.plain else 0
        return begun.incoming.length if begun.incoming else 0

    def expects(self) -> bool:
        """Say, once, that the client waits to be told that it may send the body."""
        incoming = self._begun.incoming if self._begun else None
        if incoming is None or not incoming.expects:
            return False
        incoming.expects = False
        return True

    def feed(self, data: bytes) -> None:
        """Take what has come. Raises gunicorn's errors for damaged chunks."""
        if self._chunks is not None:
            self._chunks.feed(data)
        elif self._begun is not None:
            self._pieces.append(data)
            self._missing -= len(data)
        else:
            self._data = self._data + data if self._data else data

    def next(self) -> Whole | None:
        """Return the next request, or None until more has come. Raises gunicorn's errors."""
        whole = self._begun or self._begin()
        if whole is None:
            return None
        if whole.refused:
            return self._given(whole, b"")
        if self._chunks is not None:
            return self._chunked(whole, self._chunks)
        if self._missing > 0:
            return None
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._missing < 0:
            body, self._data = body[: self._missing], body[self._missing :]
        return self._given(whole, body)

    def _begin(self) -> Whole | None:
        """Read a head, if it is there; what comes behind it is the body's."""
        end = self._data.find(request_head.END) + len(request_head.END)
        if end < len(request_head.END):
            self._check_start()
            return None
        head, data = self._data[:end], self._data[end:]
        self._data = b""
        plain = request_head.plain(head)
        incoming = None if plain else read_head(head, self._peer, self._config)
        length = plain.length if plain else incoming.length if incoming else 0
        refused = length is not None and self._most is not None and length > self._most
        self._begun = begun = Whole(head, b"", plain, incoming, refused)
        if length is None:
            self._chunks = Chunks(self._most)
            self._chunks.feed(data)
        else:
            self._pieces, self._missing = [data], length - len(data)
        return begun

    def _chunked(self, whole: Whole, chunks: Chunks) -> Whole | None:
        if not (chunks.done or chunks.over):
            return None
        self._data, self._chunks = chunks.rest, None
        if chunks.over and whole.incoming is not None:
            whole.incoming.length = chunks.length
        return self._given(whole._replace(refused=chunks.over), b"".join(chunks.pieces))

    def _given(self, whole: Whole, body: bytes) -> Whole:
        self._begun, self._pieces = None, []
        return whole._replace(body=body)

    def _check_start(self) -> None:
        """Refuse early what will never be a head."""
        data = self._data
        if not data:
            return
        line, found, _ = data.partition(b"\n")
        if data[0] not in _FIRST or (found and not line.endswith(b"\r")):
            raise InvalidRequestLine(line[:40].decode("latin-1"))
        if len(data) > _MOST_HEAD:
            raise LimitRequestHeaders("the head is over 64 KiB")
