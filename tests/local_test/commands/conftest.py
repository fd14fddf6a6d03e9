"""One service for the commands that use a running one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.account import Account, run_service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A running service on the process engine."""
    with run_service("process", tmp_path_factory.mktemp("service")) as account:
        yield account
