"""Clients who are connected but not accepted yet, when a server stops.

The arbiter and its workers share one listening socket, and the kernel's queue of connected clients
goes with the last of them that closes it. So nobody new is let in first; then the workers accept
whoever is in the queue, and close.
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
    """Let no new client in at sockets that others may still accept from.

    Elsewhere than on Linux, and where the kernel refuses it, clients are let in until the close.
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


def has_waiting_clients(listeners: Iterable[BaseSocket | socket.socket]) -> bool:
    """Return whether a client waits to be accepted."""
    poll = select.poll()
    for listener in listeners:
        poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))
