"""The listener on a bridge: which connections it serves, and that it ends with its context."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Response

from local_test.engines.protocol import HostGateway
from local_test.errors import EngineError
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal
from local_test.http_server import ConnectionHandler
from local_test.service.http.bridge_listener import open_bridge_listener

# Loopback stands for a bridge: this machine has all of its addresses.
BRIDGE = HostGateway("127.0.0.9", "127.0.0.8/29")


def make_guard(hosts: AllowedHosts) -> GuardMiddleware:
    def refuse(refusal: Refusal) -> Response:
        return Response(refusal.message, refusal.status)

    return GuardMiddleware(Response("served"), hosts, refuse)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with open_bridge_listener(make_guard, ConnectionHandler, BRIDGE) as url:
        yield int(url.removeprefix("http://127.0.0.9:"))


def ask(port: int, source: str, host: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection(
        BRIDGE.address, port, timeout=10, source_address=(source, 0)
    )
    try:
        connection.request("GET", "/", headers={"Host": host or f"{BRIDGE.address}:{port}"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_an_address_of_the_subnet_is_served(port: int) -> None:
    assert ask(port, "127.0.0.10") == (200, "served")


@pytest.mark.parametrize("source", ["127.0.0.9", "127.0.0.1", "127.0.0.16"])
def test_other_addresses_get_no_answer(port: int, source: str) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(port, source)


def test_a_foreign_host_header_is_refused(port: int) -> None:
    status, message = ask(port, "127.0.0.10", "attacker.example")
    assert (status, message.partition(":")[0]) == (403, "foreign host 'attacker.example'")


def test_the_listener_ends_with_its_context() -> None:
    with open_bridge_listener(make_guard, ConnectionHandler, BRIDGE) as url:
        port = int(url.rpartition(":")[2])
        assert ask(port, "127.0.0.10") == (200, "served")
    with pytest.raises(ConnectionRefusedError):
        ask(port, "127.0.0.10")


def test_an_address_of_another_machine_is_refused() -> None:
    with (
        pytest.raises(EngineError, match=r"containers cannot reach this machine: 203\.0\.113\.1: "),
        open_bridge_listener(make_guard, ConnectionHandler, HostGateway("203.0.113.1", "::/0")),
    ):
        pytest.fail("an address of no interface was bound")
