"""Requests as bytes, and answers read off a socket."""

from __future__ import annotations

import socket
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

HEADERS = ("Host: here", "Content-Type: text/csv")


def build_request(
    body: bytes = b"",
    headers: Iterable[str] = HEADERS,
    line: str = "POST /invocations HTTP/1.1",
    length: int | None = None,
) -> bytes:
    """Give a request with a Content-Length; below zero it has none."""
    told = len(body) if length is None else length
    lines = [line, *headers, *([f"Content-Length: {told}"] if told >= 0 else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def build_chunked_request(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Give a request whose body comes in chunks."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return build_request(headers=(*HEADERS, "Transfer-Encoding: chunked"), length=-1) + coded + end


@dataclass(frozen=True)
class ClientResponse:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection; every wait is bounded."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        weakref.finalize(self, self.socket.close)
        self._data = b""

    def send(self, data: bytes) -> Client:
        self.socket.sendall(data)
        return self

    def read_response(self) -> ClientResponse:
        """Read one answer whole. Raises ConnectionError when the connection ends before."""
        while b"\r\n\r\n" not in self._data:
            self._read_more()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self._data) < length:
            self._read_more()
        body, self._data = self._data[:length], self._data[length:]
        return ClientResponse(int(status.split()[1]), headers, body)

    def send_and_read(self, data: bytes) -> ClientResponse:
        return self.send(data).read_response()

    def is_silent(self, seconds: float = 0.05) -> bool:
        """Say whether nothing comes for a moment."""
        self.socket.settimeout(seconds)
        try:
            self._read_more()
        except TimeoutError:
            return not self._data
        finally:
            self.socket.settimeout(30)
        return False

    def is_ended(self) -> bool:
        """Say whether the server ends the connection, with nothing left to read."""
        return not self._data and self.socket.recv(1) == b""

    def _read_more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the connection ended before the answer")
        self._data += data
