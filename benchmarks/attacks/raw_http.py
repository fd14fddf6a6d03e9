"""Requests as no client library sends them: bytes to a port of this machine, and the answers."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.load.servers import HOST

TIMEOUT = 30.0
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@dataclass(frozen=True)
class Response:
    """A status and a body; status 0 is no answer, and the body says why."""

    status: int
    body: bytes


def post(
    port: int, body: bytes, headers: Mapping[str, str], path: str = "/invocations"
) -> Response:
    """Send a request on a connection of its own."""
    link = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
    try:
        return send_request(link, body, headers, path)
    finally:
        link.close()


def send_request(
    link: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str], path: str
) -> Response:
    """Send a request on a connection that is kept; it is closed where no answer comes."""
    try:
        link.request("POST", path, body, dict(headers))
        answer = link.getresponse()
        return Response(answer.status, answer.read())
    except (OSError, http.client.HTTPException) as error:
        link.close()
        return Response(0, repr(error).encode())


def exchange_bytes(port: int, sent: bytes) -> bytes:
    """Send bytes, say that no more will come, and read to the end of the connection."""
    received = b""
    with socket.create_connection((HOST, port), TIMEOUT) as link:
        try:
            link.sendall(sent)
            link.shutdown(socket.SHUT_WR)
            while part := link.recv(65536):
                received += part
        except ConnectionError:
            return received
    return received


def find_statuses(received: bytes) -> list[int]:
    """Return the statuses of all answers in what was received."""
    return [int(found) for found in _STATUS.findall(received)]


def build_head(*lines: str, method: str = "POST", path: str = "/invocations") -> bytes:
    """Write a request's head with the usual lines first."""
    usual = (f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: text/csv")
    return ("\r\n".join([*usual, *lines]) + "\r\n\r\n").encode("latin-1")
