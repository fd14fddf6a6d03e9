"""A service in this process, for the tests of lineage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local_test.service.backend import Backend
from tests.local_test.service.in_process import open_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    """The state of a service and a client of it."""
    with open_service(tmp_path_factory.mktemp("lineage")) as opened:
        yield opened


@pytest.fixture
def client(service: tuple[Backend, Any]) -> Any:
    return service[1]
