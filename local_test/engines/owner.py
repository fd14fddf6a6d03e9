"""The owner of containers and networks: the service on a state folder."""

import hashlib
import socket
from pathlib import Path


def name_owner(state: Path) -> str:
    """Return the owner label for a state folder of this machine: a short hash."""
    location = f"{socket.gethostname()}:{state.resolve()}"
    return hashlib.sha256(location.encode()).hexdigest()[:16]
