"""The environment of the real AWS clients that tests and examples are run with: build/clients."""

from pathlib import Path

from scripts.commands import end, say
from scripts.environments import made

LOCK = "tests/clients/sdk.lock"


def folder() -> Path:
    """Give the environment's `bin`. Raises Failure where a package cannot be fetched."""
    return made("clients", [LOCK])


if __name__ == "__main__":
    end(lambda: say(str(folder())))
