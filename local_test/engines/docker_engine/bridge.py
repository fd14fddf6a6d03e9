"""The bridge of a Docker network: the address by which its containers reach this machine."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

from local_test.engines.protocol import HostGateway
from local_test.errors import EngineError

_NAME_OPTION = "com.docker.network.bridge.name"
_ID_LENGTH = 12  # of a network's id in its bridge's name


def find_gateway(network: Mapping[str, Any]) -> HostGateway:
    """Return the IPv4 gateway of a bridge network, given as Docker describes it.

    Raises EngineError when the network is internal, or this machine does not have its bridge: the
    engine runs on another machine, in a virtual machine, or rootless.
    """
    if network["Internal"]:
        raise EngineError(f"network {network['Name']} is isolated: it has no gateway")
    options = network.get("Options") or {}
    bridge = options.get(_NAME_OPTION) or f"br-{network['Id'][:_ID_LENGTH]}"
    if bridge not in {name for _, name in socket.if_nameindex()}:
        raise EngineError(
            f"containers cannot reach this machine: no interface {bridge} of the Docker network "
            f"{network['Name']}, so the engine runs elsewhere (DOCKER_HOST, a virtual machine, or "
            "rootless)",
            "run the service where the engine runs",
        )
    for config in network["IPAM"]["Config"] or ():
        if ipaddress.ip_network(config["Subnet"]).version == 4 and "Gateway" in config:
            return HostGateway(config["Gateway"].partition("/")[0], config["Subnet"])
    raise EngineError(
        f"containers cannot reach this machine: Docker network {network['Name']} has no IPv4 "
        "gateway",
        "allow IPv4 in the engine's default address pools",
    )
