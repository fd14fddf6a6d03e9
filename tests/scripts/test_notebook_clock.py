"""The clock that moves while a notebook waits, on a running service."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_test.commands.shared.service_request import request_service
from scripts.docs import notebook_clock
from tests.clients.account import run_service


def test_the_services_clock_moves_by_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service lets this request in, which is no command's."""
    with run_service("process", tmp_path) as account:
        monkeypatch.setitem(os.environ, "AWS_ENDPOINT_URL", account.url)
        notebook_clock.advance_hour()
        offset = request_service(account.url, "clock", "test")["offset"]
        assert offset == pytest.approx(3600, abs=5)  # the clock may run on between the two
