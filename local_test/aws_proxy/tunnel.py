"""Bytes between a client and a host of the network, unread."""

import socket
import threading
from contextlib import suppress
from io import BufferedReader

from local_test.aws_proxy.destinations import UpstreamProxy

_BLOCK = 1 << 16
_CONNECT_SECONDS = 30.0
_HEAD_BYTES = 1 << 16


class TunnelError(Exception):
    """A host cannot be reached; the text says why."""


def open_tunnel(host: str, port: int, upstream: UpstreamProxy | None) -> socket.socket:
    """Return a connection to a host. Raises TunnelError when there is none."""
    try:
        if upstream is None:
            connection = socket.create_connection((host, port), _CONNECT_SECONDS)
        else:
            connection = socket.create_connection((upstream.host, upstream.port), _CONNECT_SECONDS)
            _connect_through(connection, f"{host}:{port}", upstream)
    except OSError as error:
        raise TunnelError(f"{host}:{port} cannot be reached: {error}") from error
    connection.settimeout(None)
    return connection


def _connect_through(connection: socket.socket, target: str, upstream: UpstreamProxy) -> None:
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if upstream.authorization:
        head += f"Proxy-Authorization: {upstream.authorization}\r\n"
    connection.sendall(f"{head}\r\n".encode("latin-1"))
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):  # byte by byte: what follows is the host's
        byte = connection.recv(1)
        if not byte or len(answer) > _HEAD_BYTES:
            break
        answer += byte
    status = answer.split(b"\r\n", 1)[0].split(b" ", 2)[1:2]
    if status != [b"200"]:
        connection.close()
        line = answer.split(b"\r\n", 1)[0].decode("latin-1") or "nothing"
        raise TunnelError(
            f"{target} cannot be reached: the proxy {upstream.host}:{upstream.port} answers {line}"
        )


def relay_bytes(client: socket.socket, sent: BufferedReader, host: socket.socket) -> None:
    """Relay in both directions until both sides have ended; `sent` reads from the client."""
    thread = threading.Thread(target=_copy_upstream, args=(sent, host), daemon=True)
    thread.start()
    with suppress(OSError):
        while block := host.recv(_BLOCK):
            client.sendall(block)
    for connection in (client, host):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    thread.join()


def _copy_upstream(sent: BufferedReader, host: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while block := sent.read1(_BLOCK):
            host.sendall(block)
    with suppress(OSError):
        host.shutdown(socket.SHUT_WR)
