"""A mistake of the service is an error that clients can parse, also outside of SageMaker's API."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, Never

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.registration import Route
from local_test.service.storage.wsgi_client import WsgiClient
from tests.local_test.service.in_process import URL, open_service


def fail(_backend: Any, _request: Any) -> Never:
    raise KeyError("Target")


def test_a_route_that_fails_answers_with_an_error_of_the_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Route(re.compile("/.+"), fail, services=frozenset({"scheduler"}))
    monkeypatch.setattr(registry, "ROUTES", (broken,))
    with open_service(tmp_path) as (backend, _), caplog.at_level(logging.ERROR):
        client = backend.aws._session.client(
            "scheduler",
            region_name="eu-central-1",
            endpoint_url=URL,
            config=Config(retries={"total_max_attempts": 1}),
        )
        WsgiClient(App(backend)).attach(client)
        with pytest.raises(ClientError) as caught:
            client.list_schedules()
        client.close()
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InternalFailure"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "GET /schedules ended on KeyError('Target')" in answer["Error"]["Message"]
    assert "GET /schedules ended unforeseen" in caplog.text
