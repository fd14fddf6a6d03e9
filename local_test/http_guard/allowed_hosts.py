"""The host names by which a port may be called, and the web origins that may call it."""

import re
from collections.abc import Sequence

from local_test.errors import UserError

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ALLOWED = re.compile(r"([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_DEFAULT_PORT = 80


class AllowedHosts:
    """The loopback names at one port, and further names that the user allows."""

    def __init__(self, port: int, allowed: Sequence[str] = ()) -> None:
        bare = {name for name in _LOOPBACK if port == _DEFAULT_PORT}
        names = {f"{name}:{port}" for name in _LOOPBACK} | bare
        for text in allowed:
            names |= _expand(text, port)
        self._names = frozenset(names)
        # S3 clients put a bucket before the name; browsers resolve *.localhost to this machine.
        self._bucket = re.compile(rf"[a-z0-9][a-z0-9.-]*\.localhost:{port}")

    def allows(self, host: str) -> bool:
        """Return whether a `Host` header names this port."""
        name = host.lower()
        return name in self._names or self._bucket.fullmatch(name) is not None

    def allows_origin(self, origin: str) -> bool:
        """Return whether pages of this origin may call; `null` may not."""
        scheme, _, host = origin.partition("://")
        return scheme in {"http", "https"} and self.allows(host)


def _expand(text: str, port: int) -> set[str]:
    """Return the `Host` headers of a name: as given, or without and with this port."""
    name = text.lower()
    match = _ALLOWED.fullmatch(name)
    if match is None:
        raise UserError(f"invalid host {text!r}: --allow-host", "write NAME or NAME:PORT")
    return {name} if match[3] else {name, f"{name}:{port}"}
