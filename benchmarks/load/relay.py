"""Load through two servers in a row: what the first answers is posted to the second at once.

A client of its own, because a relay between wrk and the servers would parse every message twice
more, on processors that all of them share. Each user holds one kept connection to each server.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.load_result import LoadResult, PostRequest

_BLOCK = 1 << 18
_PATIENCE_SECONDS = 30.0


class RelayResponse(NamedTuple):
    """An answer's content type and body, and whether the connection ends with it."""

    kind: str
    body: bytes
    last: bool


class _User:
    """One who asks the servers one after the other and begins again."""

    def __init__(self, urls: Sequence[str], request: PostRequest) -> None:
        self._urls = urls
        self._hosts = [urlsplit(url).netloc for url in urls]
        self.sockets = [_connect(url) for url in urls]
        self._first = encode_request(self._hosts[0], request)
        self._request = request
        self.times: list[float] = []
        self._begin()

    def _begin(self) -> None:
        self.turn, self._began, self._got = 0, time.perf_counter(), bytearray()
        self.unsent = memoryview(self._first)

    @property
    def socket(self) -> socket.socket:
        """The connection this user is busy with."""
        return self.sockets[self.turn]

    def send(self) -> bool:
        """Send what the connection takes; tell whether all is sent."""
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return False
        return not self.unsent

    def receive(self, ready: selectors.BaseSelector) -> bool:
        """Take what has come; tell whether there is something to send again."""
        came = self.socket.recv(_BLOCK)
        if not came:
            raise BenchmarkFailed("a server closed a connection in the middle of an answer")
        self._got += came
        answer = parse_response(self._got)
        if answer is None:
            return False
        if answer.last:
            self._renew(ready)
        if self.turn + 1 < len(self.sockets):
            self.turn += 1
            passed = PostRequest(self._request.path, answer.body, {"Content-Type": answer.kind})
            self.unsent, self._got = (
                memoryview(encode_request(self._hosts[self.turn], passed)),
                bytearray(),
            )
        else:
            self.times.append(time.perf_counter() - self._began)
            self._begin()
        return True

    def _renew(self, ready: selectors.BaseSelector) -> None:
        """Connect anew to a server that ended the connection with its answer."""
        ready.unregister(self.socket)
        self.socket.close()
        self.sockets[self.turn] = _connect(self._urls[self.turn])
        self.socket.setblocking(False)
        ready.register(self.socket, selectors.EVENT_READ, self)


def run_load(urls: Sequence[str], request: PostRequest, users: int, seconds: float) -> LoadResult:
    """Let so many users send requests for so many seconds.

    Raises BenchmarkFailed at the first response that is no success.
    """
    asking = [_User(urls, request) for _ in range(users)]
    try:
        began = time.perf_counter()
        with selectors.DefaultSelector() as ready:
            _drive(ready, asking, began + seconds)
        took = time.perf_counter() - began
    finally:
        for user in asking:
            for each in user.sockets:
                each.close()
    times = sorted(1e6 * value for user in asking for value in user.times)
    if not times:
        raise BenchmarkFailed(f"no request went through both servers within {seconds:g} s")
    return LoadResult(len(times), took, statistics.median(times), times[int(0.99 * len(times))])


def send_once(urls: Sequence[str], request: PostRequest) -> bytes:
    """Send a request through all servers once and return the last body.

    Raises BenchmarkFailed as `run_load` does.
    """
    asked = request
    for url in urls:
        with _connect(url) as link:
            link.settimeout(_PATIENCE_SECONDS)
            link.sendall(encode_request(urlsplit(url).netloc, asked))
            got = bytearray()
            while (answer := parse_response(got)) is None:
                came = link.recv(_BLOCK)
                if not came:
                    raise BenchmarkFailed(f"{url} closed the connection in the middle of an answer")
                got += came
        asked = PostRequest(request.path, answer.body, {"Content-Type": answer.kind})
    return asked.body


def encode_request(host: str, request: PostRequest) -> bytes:
    """Write a request as it goes over the wire."""
    fields = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {request.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + request.body


def parse_response(got: bytes | bytearray) -> RelayResponse | None:
    """Read an answer; None while it has not come whole.

    Raises BenchmarkFailed where the status is not 200, or where its length is not told beforehand.
    """
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, *lines = got[:end].decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in lines)}
    if status.split(" ")[1] != "200":
        raise BenchmarkFailed(f"a server answered {status!r}: {bytes(got[end + 4 :])[:500]!r}")
    if "content-length" not in fields:
        raise BenchmarkFailed(f"a server answered without Content-Length: {fields}")
    size = end + 4 + int(fields["content-length"])
    if len(got) < size:
        return None
    last = fields.get("connection", "").lower() == "close"
    return RelayResponse(fields.get("content-type", ""), bytes(got[end + 4 : size]), last)


def _drive(ready: selectors.BaseSelector, users: Sequence[_User], until: float) -> None:
    for user in users:
        for each in user.sockets:
            each.setblocking(False)
            ready.register(each, selectors.EVENT_READ, user)
        _push(ready, user)
    while time.perf_counter() < until:
        events = ready.select(_PATIENCE_SECONDS)
        if not events:
            raise BenchmarkFailed(f"no server said anything for {_PATIENCE_SECONDS:g} s")
        for key, _ in events:
            user = key.data
            if user.unsent or user.receive(ready):
                _push(ready, user)


def _push(ready: selectors.BaseSelector, user: _User) -> None:
    """Send, and be told when the rest can go where it did not go at once."""
    waited = bool(ready.get_key(user.socket).events & selectors.EVENT_WRITE)
    sent = user.send()
    if not sent and not waited:
        ready.modify(user.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, user)
    elif sent and waited:
        ready.modify(user.socket, selectors.EVENT_READ, user)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    link = socket.create_connection((parts.hostname or "", parts.port or 80), _PATIENCE_SECONDS)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link
