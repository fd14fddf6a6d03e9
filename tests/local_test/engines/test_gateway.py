"""The address by which containers of a Docker network reach this machine."""

from __future__ import annotations

from typing import Any

import pytest

from local_test.engines.docker_engine.bridge import find_gateway
from local_test.errors import EngineError

NETWORK = {
    "Name": "any",
    "Id": "0123456789abcdef",
    "Internal": False,
    "IPAM": {
        "Config": [
            {"Subnet": "fd00:1::/64", "Gateway": "fd00:1::1"},
            {"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.1/8"},
        ]
    },
    "Options": {"com.docker.network.bridge.name": "lo"},
}


def test_the_ipv4_gateway_of_a_bridge_is_found() -> None:
    gateway = find_gateway(NETWORK)
    assert (gateway.address, gateway.subnet) == ("127.0.0.1", "127.0.0.0/8")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"Options": None},
            "no interface br-0123456789ab of the Docker network any, so the engine",
        ),
        ({"Internal": True}, "network any is isolated"),
        ({"IPAM": {"Config": [{"Subnet": "fd00:1::/64"}]}}, "has no IPv4 gateway"),
        ({"IPAM": {"Config": None}}, "has no IPv4 gateway"),
    ],
)
def test_a_network_without_a_gateway_here_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EngineError, match=sentence):
        find_gateway(NETWORK | change)
