"""Pages of the console in a browser: tables sort and filter, and follow what changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources.processing.resource import PROCESSING_JOB
from tests.browsing import Browser, open_browser
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service
from tests.local_test.service.resources.experiment_pages.test_experiment_pages import serve

GROUPS = "/console/model-package-groups"
NAMES = "Array.from(document.querySelectorAll('tbody tr:not([hidden]) a'), a => a.textContent)"
KEY = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Backend, Any, str]]:
    """The state of a service with five model package groups, a client, and its address."""
    with open_service(tmp_path / "state") as (backend, sagemaker):
        for name in ("b-2", "a-10", "c-1", "a-9", "d-3"):
            sagemaker.create_model_package_group(ModelPackageGroupName=name)
        with serve(App(backend)) as url:
            yield backend, sagemaker, url
            backend.record_signal.close()


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Browser]:
    with open_browser(tmp_path / "profile") as tab:
        yield tab


def wait_until(tab: Browser, script: str, expected: object) -> None:
    """Return when a script has a value; fail with the last one after 20 seconds."""
    deadline, found = time.monotonic() + 20, None
    while time.monotonic() < deadline and found != expected:
        found = tab.run(f"new Promise(requestAnimationFrame).then(() => {script})")
    assert found == expected


def press(tab: Browser, selector: str) -> None:
    """Press Enter on an element."""
    tab.run(f"document.querySelector('{selector}').focus()")
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, **KEY)


def test_a_table_sorts_and_filters_by_keyboard_and_keeps_it_in_the_address(
    service: tuple[Backend, Any, str], tab: Browser
) -> None:
    _, _, url = service
    tab.open(f"{url}{GROUPS}")
    newest_first = ["d-3", "a-9", "c-1", "a-10", "b-2"]
    assert tab.run(NAMES) == newest_first
    press(tab, "th button")
    assert tab.run(NAMES) == ["a-10", "a-9", "b-2", "c-1", "d-3"]
    press(tab, "th button")
    assert tab.run(NAMES) == ["d-3", "c-1", "b-2", "a-9", "a-10"]
    assert tab.run("document.querySelector('th').ariaSort") == "descending"
    tab.run("document.querySelector('input[type=search]').focus()")
    tab.call("Input.insertText", text="A- completed")
    assert tab.run(NAMES) == ["a-9", "a-10"]
    address = tab.run("location.href")
    tab.open("about:blank")
    tab.open(address)
    assert tab.run(NAMES) == ["a-9", "a-10"]
    assert tab.run("document.querySelector('.filter [role=status]').textContent") == "2 of 5 rows"
    press(tab, "th button")
    tab.run("document.querySelector('input').value = ''")
    tab.run("document.querySelector('input').dispatchEvent(new Event('input'))")
    assert tab.run(NAMES) == newest_first
    assert tab.run("location.search") == ""


def test_a_page_follows_its_records_and_keeps_what_the_reader_did(
    service: tuple[Backend, Any, str], tab: Browser
) -> None:
    _, sagemaker, url = service
    tab.open(f"{url}{GROUPS}?model-package-group.sort=name")
    tab.run("window.loaded = 'once'; getSelection().selectAllChildren(document.querySelector('a'))")
    chosen = tab.run("getSelection().toString()")
    sagemaker.create_model_package_group(ModelPackageGroupName="b-1")
    wait_until(tab, NAMES, ["a-10", "a-9", "b-1", "b-2", "c-1", "d-3"])
    sagemaker.delete_model_package_group(ModelPackageGroupName="c-1")
    wait_until(tab, NAMES, ["a-10", "a-9", "b-1", "b-2", "d-3"])
    assert tab.run("[window.loaded, getSelection().toString()]") == ["once", chosen]


def test_a_page_that_is_dragged_over_changes_afterwards(
    service: tuple[Backend, Any, str], tab: Browser
) -> None:
    _, sagemaker, url = service
    tab.open(f"{url}{GROUPS}")
    mouse = {"x": 300, "y": 300, "button": "left", "buttons": 1, "clickCount": 1}
    tab.call("Input.dispatchMouseEvent", type="mousePressed", **mouse)
    tab.run(
        "window.events = []; const other = new EventSource(location.href);"
        "other.addEventListener('page', event => events.push(event.data.includes('late')))"
    )
    sagemaker.create_model_package_group(ModelPackageGroupName="late")
    wait_until(tab, "events.at(-1)", True)
    assert "late" not in tab.run(NAMES)
    tab.call("Input.dispatchMouseEvent", type="mouseReleased", **mouse | {"buttons": 0})
    wait_until(tab, f"{NAMES}[0]", "late")


def test_a_long_error_is_folded_behind_its_first_line(
    service: tuple[Backend, Any, str], tab: Browser
) -> None:
    backend, _, url = service
    reason = "AlgorithmError: first words\n" + "second line\n" * 30
    record = {
        "ProcessingJobName": "long",
        "ProcessingJobStatus": "Failed",
        "FailureReason": reason,
        "CreationTime": 1.0,
    }
    backend.records.add(PROCESSING_JOB, REGION, "long", record)
    tab.open(f"{url}/console/processing-jobs")
    shown = "document.querySelector('tbody td:last-child').innerText"
    assert tab.run(shown) == "AlgorithmError: first words"
    press(tab, "summary")
    assert tab.run(shown).count("second line") == 30


def test_a_stream_ends_with_a_page_that_stands_still(service: tuple[Backend, Any, str]) -> None:
    path = f"/console/processing-job/{REGION}/nobody"
    response = Client(App(service[0])).get(path, headers={"Accept": "text/event-stream"})
    assert response.content_type.startswith("text/event-stream")
    names = [line for line in response.text.splitlines() if line.startswith("event: ")]
    assert names == ["event: page", "event: end"]


def test_a_service_without_anything_says_what_to_type(tab: Browser, tmp_path: Path) -> None:
    with open_service(tmp_path / "empty") as (backend, _), serve(App(backend)) as url:
        tab.open(f"{url}/console")
        shown = tab.run("document.getElementById('first').innerText")
        backend.record_signal.close()
    assert f"local-sagemaker env --url {backend.url}" in shown
    assert "create_model_package_group" in shown


def test_the_keyboard_skips_to_the_content(service: tuple[Backend, Any, str], tab: Browser) -> None:
    tab.open(f"{service[2]}{GROUPS}")
    tab_key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    for kind in ("rawKeyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, **tab_key)
    assert tab.run("document.activeElement.textContent") == "Skip to the content"
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, **KEY)
    order = []
    for _ in range(3):
        for kind in ("rawKeyDown", "keyUp"):
            tab.call("Input.dispatchKeyEvent", type=kind, **tab_key)
        order.append(tab.run("document.activeElement.textContent || document.activeElement.type"))
    assert order == ["Experiments", "search", "name"]
    assert tab.run("getComputedStyle(document.activeElement).outlineWidth") == "3px"
