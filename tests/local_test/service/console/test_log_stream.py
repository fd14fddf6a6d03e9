"""The log on a page of the console: followed, searched, of one container or all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import LogStream
from local_test.service.http.app import App
from local_test.service.resources.processing.job_run import LOG_GROUP
from local_test.service.resources.processing.resource import PROCESSING_JOB
from tests.browsing import open_browser
from tests.clients.account import REGION
from tests.local_test.service.console.test_live_pages import wait_until
from tests.local_test.service.in_process import open_service
from tests.local_test.service.resources.experiment_pages.test_experiment_pages import serve

PATH = f"/console/processing-job/{REGION}/logged"
LOG = "document.querySelector('#log pre').textContent"
RECORD: dict[str, Any] = {
    "ProcessingJobName": "logged",
    "ProcessingJobStatus": "InProgress",
    "CreationTime": 1.0,
    "AppSpecification": {"ImageUri": "any", "ContainerArguments": ["<b>"]},
    "ProcessingResources": {},
}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Backend, str]]:
    """The state of a service with a running processing job of two containers, and its address."""
    with open_service(tmp_path / "state") as (backend, _):
        monkeypatch.setattr(
            backend.logs, "client", lambda region: backend.moto_client("logs", region)
        )
        backend.records.add(PROCESSING_JOB, REGION, "logged", RECORD)
        with serve(App(backend)) as url:
            yield backend, url
            backend.record_signal.close()
            backend.log_signal.close()


def write(backend: Backend, container: str, *lines: str) -> None:
    for line in lines:
        backend.logs.add(LogStream(REGION, LOG_GROUP, f"logged/{container}"), line)
    backend.logs.flush()


def test_lines_are_followed_and_searched_in_all_containers(
    service: tuple[Backend, str], tmp_path: Path
) -> None:
    backend, url = service
    write(backend, "algo-1", "<i>first</i>")
    with open_browser(tmp_path / "profile") as tab:
        tab.open(f"{url}{PATH}")
        wait_until(tab, LOG, "<i>first</i>\n")
        write(backend, "algo-1", *(f"row {number}" for number in range(300)))
        wait_until(tab, f"{LOG}.endsWith('row 298\\nrow 299\\n')", True)
        bottom = "(pre => pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4)"
        assert tab.run(f"{bottom}(document.querySelector('#log pre'))")
        tab.run("document.querySelector('#log pre').scrollTop = 0")
        wait_until(tab, "document.querySelector('#log input[type=checkbox]').checked", False)
        write(backend, "algo-2", "Row of the other")
        wait_until(tab, f"{LOG}.endsWith('[logged/algo-2] Row of the other\\n')", True)
        assert tab.run("document.querySelector('#log pre').scrollTop") == 0
        tab.run("document.querySelector('#log input').focus()")
        tab.call("Input.insertText", text="row of")
        wait_until(tab, LOG, "[logged/algo-2] Row of the other\n")
        assert tab.run("document.querySelector('#log mark').textContent") == "Row of"
        write(backend, "algo-1", "not this", "a row of this")
        wait_until(tab, LOG, "[logged/algo-2] Row of the other\n[logged/algo-1] a row of this\n")
        tab.run(
            "(select => { select.value = 'logged/algo-1';"
            "select.dispatchEvent(new Event('change')); })(document.querySelector('#log select'))"
        )
        wait_until(tab, LOG, "a row of this\n")
        address = tab.run("location.href")
        tab.open("about:blank")
        tab.open(address)
        wait_until(tab, LOG, "a row of this\n")


def test_the_stream_of_an_ended_job_has_its_last_lines_and_ends(
    service: tuple[Backend, str],
) -> None:
    backend, _ = service
    backend.records.update(PROCESSING_JOB, REGION, "logged", ProcessingJobStatus="Completed")
    backend.logs.add(LogStream(REGION, LOG_GROUP, "logged/algo-1"), "last words")
    client = Client(App(backend))
    sent = {"Accept": "text/event-stream"}
    found = client.get(f"/console/logs/processing-job/{REGION}/logged", headers=sent).text
    names = [line for line in found.splitlines() if line.startswith("event: ")]
    assert names == ["event: lines", "event: end"]
    assert '["logged/algo-1", "last words"]' in found
    for path in ("processing-job/none", f"pipeline/{REGION}/logged"):
        assert client.get(f"/console/logs/{path}", headers=sent).status_code == 404
