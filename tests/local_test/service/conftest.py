"""A service whose terminal is watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.account import Account, run_service


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Account, Path]]:
    """A service of its own, and the file with what it wrote to stderr."""
    folder = tmp_path_factory.mktemp("watched")
    terminal = folder / "stderr"
    with terminal.open("w") as stderr, run_service("process", folder / "s", stderr=stderr) as one:
        yield one, terminal
