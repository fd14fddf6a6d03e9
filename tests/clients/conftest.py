"""One service an engine for all clients' stories."""

from collections.abc import Iterator

import pytest

from local_test.engines import Engine
from tests.clients.account import Account, running


@pytest.fixture(scope="session")
def account(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A running service on each engine in turn."""
    with running(engine.name, tmp_path_factory.mktemp(f"state-{engine.name}")) as account:
        yield account
