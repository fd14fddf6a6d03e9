"""A listener for the containers of one Docker network: the same API, on the network's bridge."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from local_test.engines.protocol import HostGateway
from local_test.errors import EngineError
from local_test.http_guard import AllowedHosts, GuardMiddleware
from local_test.http_server import ConnectionHandler, HttpServer

_BACKLOG = 128


class _BridgeServer(HttpServer):
    """Accepts connections from a subnet, but not from this machine's own address in it."""

    def __init__(
        self,
        gateway: HostGateway,
        listener: socket.socket,
        app: GuardMiddleware,
        handler: type[ConnectionHandler],
    ) -> None:
        self._gateway = ipaddress.ip_address(gateway.address)
        self._subnet = ipaddress.ip_network(gateway.subnet)
        super().__init__(listener, app, handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Return whether a connection comes from a container."""
        del request
        peer = ipaddress.ip_address(client_address[0])
        return peer in self._subnet and peer != self._gateway


MakeGuard = Callable[[AllowedHosts], GuardMiddleware]


@contextmanager
def open_bridge_listener(
    make_guard: MakeGuard, handler: type[ConnectionHandler], gateway: HostGateway
) -> Iterator[str]:
    """Context manager: serve a guarded application on a gateway, and give the URL.

    Raises EngineError when the address cannot be bound.
    """
    try:
        listener = socket.create_server((gateway.address, 0), backlog=_BACKLOG)
    except OSError as error:
        raise EngineError(
            f"containers cannot reach this machine: {gateway.address}: {error.strerror}",
            "run the service where the engine runs",
        ) from error
    with listener:
        port = listener.getsockname()[1]
        guard = make_guard(AllowedHosts(port, [gateway.address]))
        with _BridgeServer(gateway, listener, guard, handler).run("bridge"):
            yield f"http://{gateway.address}:{port}"
