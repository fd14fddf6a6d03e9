"""How many clients wait at a listening socket is read from the kernel."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from tandem.serving.worker.accept_queue import count_waiting_clients, has_waiting_clients


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_clients_are_counted_until_they_are_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        address = listener.getsockname()
        clients = [socket.create_connection(address) for _ in range(7)]
        until = time.monotonic() + 30
        while count_waiting_clients(listener) < len(clients) and time.monotonic() < until:
            time.sleep(0.001)
        counts = []
        for _ in clients:
            counts.append(count_waiting_clients(listener))
            listener.accept()[0].close()
        assert counts == [7, 6, 5, 4, 3, 2, 1]
        assert not has_waiting_clients([listener])
        for client in clients:
            client.close()


def test_a_socket_that_does_not_tell_has_one(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        assert count_waiting_clients(listener) == 1
    one, other = socket.socketpair()
    with one, other:
        assert count_waiting_clients(one) == 1
