"""Where the proxy sends a request: to the local service, to a loopback host, or to the network."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import SplitResult, unquote, urlsplit

from local_test.errors import UserError
from local_test.platform.aws_hosts import is_aws_host, is_loopback

_HTTP_PORT = 80


class Destination(Enum):
    """Where a host is reached."""

    SERVICE = "service"
    DIRECT = "direct"
    NETWORK = "network"
    REFUSED = "refused"


@dataclass(frozen=True)
class UpstreamProxy:
    """An HTTP proxy between this machine and the network.

    `authorization` is the value of Proxy-Authorization, empty without credentials.
    """

    host: str
    port: int
    authorization: str = ""

    @classmethod
    def parse(cls, url: str) -> "UpstreamProxy":
        """Parse a proxy's URL. Raises UserError when it is no `http://` URL with a valid port."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = _read_port(parts)
        if parts.scheme != "http" or not parts.hostname or port is None:
            raise UserError(
                f"unsupported proxy of the network: {parts.scheme}://{parts.hostname or ''}",
                "set HTTPS_PROXY to http://HOST:PORT, or leave out --allow-network",
            )
        credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        basic = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        return cls(parts.hostname, port, basic if parts.username else "")


@dataclass(frozen=True)
class Destinations:
    """Which hosts are reached how.

    `service` is the local service's host and port. With `allow_network` hosts that are not AWS are
    reached, by way of `upstream` unless `bypasses` says that a host needs no proxy. `report` prints
    a sentence to the user.
    """

    service: tuple[str, int]
    allow_network: bool
    upstream: UpstreamProxy | None
    bypasses: Callable[[str], bool]
    report: Callable[[str], None]

    def find_destination(self, host: str) -> Destination:
        """Return where a host is reached."""
        if is_aws_host(host):
            return Destination.SERVICE
        if is_loopback(host):
            return Destination.DIRECT
        return Destination.NETWORK if self.allow_network else Destination.REFUSED

    def find_upstream(self, host: str) -> UpstreamProxy | None:
        """Return the proxy by way of which a host of the network is reached, or None."""
        return None if is_loopback(host) or self.bypasses(host) else self.upstream


def parse_authority(text: str, default_port: int = _HTTP_PORT) -> tuple[str, int] | None:
    """Parse `HOST:PORT`, as CONNECT has it; return None when it is malformed."""
    parts = urlsplit(f"//{text}")
    port = _read_port(parts, default_port)
    if not parts.hostname or port is None or parts.path or parts.username is not None:
        return None
    return parts.hostname, port


def _read_port(parts: SplitResult, default: int = _HTTP_PORT) -> int | None:
    try:
        return parts.port or default
    except ValueError:
        return None
