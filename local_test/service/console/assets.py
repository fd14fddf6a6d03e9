"""The scripts of the console, which a page loads from the service itself."""

import hashlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "assets"
_ADDRESS = "/console/assets"


@cache
def read_asset(name: str) -> bytes | None:
    """Return a script by its name, None where there is none."""
    path = _FOLDER / name
    known = path.parent == _FOLDER and path.suffix == ".js" and path.is_file()
    return path.read_bytes() if known else None


def has_asset(name: str) -> bool:
    """Return whether there is a script: `make charts` bundles the charting library."""
    return read_asset(name) is not None


@cache
def make_address(name: str) -> str:
    """Return the address of a script: with its digest, so that a browser can keep it for ever.

    Raises ValueError when there is none.
    """
    content = read_asset(name)
    if content is None:
        raise ValueError(f"the console has no script {name}")
    return f"{_ADDRESS}/{name}?{hashlib.sha256(content).hexdigest()[:16]}"
