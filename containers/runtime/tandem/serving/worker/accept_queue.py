"""Clients that are connected but not accepted yet: how many, and what becomes of them at a stop.

The arbiter and its workers share one listening socket, and the kernel drops its queue of connected
clients when the last of them closes it. So new clients are refused first; then the workers accept
all clients in the queue, and close.
"""

from __future__ import annotations

import ctypes
import select
import socket
import struct
import sys
from collections.abc import Iterable

from gunicorn.sock import BaseSocket

# Linux's number of the option, which Python does not name.
_SO_ATTACH_FILTER = 26
# The start of Linux's `struct tcp_info`: the state, then, of a listening socket, the clients that
# wait in the place of unacknowledged segments (source: `tcp_get_info` of Linux, net/ipv4/tcp.c).
_INFO, _LISTENING = struct.Struct("=B23xI"), 10
# Byte 13 of a TCP head holds its flags. A packet with SYN and without ACK begins a connection: it
# is dropped, and its sender tries again a second later. All others, those that complete a
# connection too, are let through whole.
_INSTRUCTIONS = (
    (0x30, 0, 0, 13),  # load the byte
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone: go on, else skip one
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # let through
)


def refuse_new_clients(listeners: Iterable[BaseSocket | socket.socket]) -> None:
    """Refuse new connections at listening sockets, whose queue can still be accepted.

    On other systems than Linux, and where the kernel does not allow the filter, clients can connect
    until the sockets are closed.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *one) for one in _INSTRUCTIONS)
    )
    options = struct.pack("HP", len(_INSTRUCTIONS), ctypes.addressof(program))
    for listener in listeners:
        try:
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, options)
        except OSError:  # a sandbox without filters
            return


def count_waiting_clients(listener: BaseSocket | socket.socket) -> int:
    """Return how many clients wait to be accepted at a listening socket; 1 where it is unknown."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None or sys.platform != "linux":
        return 1
    try:
        told = listener.getsockopt(socket.IPPROTO_TCP, option, _INFO.size)
    except OSError:  # another kind of socket
        return 1
    state, waiting = _INFO.unpack(told) if len(told) == _INFO.size else (0, 0)
    return max(1, waiting) if state == _LISTENING else 1


def has_waiting_clients(listeners: Iterable[BaseSocket | socket.socket]) -> bool:
    """Return whether a client waits to be accepted."""
    poll = select.poll()
    for listener in listeners:
        poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))
