"""A web page attacks the ports of this machine, in Chromium: nothing runs, nothing leaks."""

from __future__ import annotations

import json
import shlex
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.api import local
from examples.imdb import web
from local_test.endpoints import Endpoint, Stage, serve_endpoint
from local_test.engines import Engine
from tests.browsing import Browser, open_browser
from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled
from tests.deploy import runtime
from tests.local_test.conftest import Log, ModelMaker
from tests.local_test.service.resources.test_endpoints import config, container, endpoint, model

EVIL = "evil.example"
HOST_RULES = "MAP *.example 127.0.0.1"
ANY_PAGE = "<!doctype html><title>a page</title>"
ATTACK = (Path(__file__).parent / "attack.js").read_text(encoding="utf-8")
RECIPE: dict[str, Any] = {
    "target": "price",
    "weight": None,
    "interactions": [],
    "layout": ["a"],
    "columns": [
        {"name": "a", "type": "number", "policies": {}, "treatments": ["number"], "seen": None}
    ],
}


@dataclass
class Town:
    """Every port of this project that a browser can reach, and what happened behind each."""

    account: Account
    front: str
    gateway: str
    page: str
    log: Log
    runtime: runtime.Runtime

    def count_invocations(self) -> tuple[int, int]:
        return len(self.log.requests("container-1")), len(self.runtime.seen)


@pytest.fixture
def town(
    account: Account,
    process_engine: Engine,
    make_model: ModelMaker,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Town]:
    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE))
    artifact = tmp_path / "model.tar.gz"
    with tarfile.open(artifact, "w:gz") as archive:
        archive.add(tmp_path / "recipe.json", "recipe.json")
    with ExitStack() as stack:
        behind = stack.enter_context(runtime.run_runtime())
        monkeypatch.setenv("AWS_ENDPOINT_URL", behind.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        stages = [Stage("standin", make_model(tag="d"))]
        served = stack.enter_context(Endpoint(stages, process_engine, logs=log))
        front = stack.enter_context(serve_endpoint(served, 0)).url.removesuffix("/invocations")
        gateway = stack.enter_context(local.serve_api("any", artifact)).url
        page = stack.enter_context(web.serve_page(behind.url)).rstrip("/")
        yield Town(account, front, gateway, page, log, behind)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with open_browser(tmp_path / "profile", HOST_RULES) as browser:
        yield browser


def processing(name: str, file: Path) -> dict[str, Any]:
    """The request for a job that makes a file on this machine."""
    program = ["/bin/sh", "-c", f"echo ran > {shlex.quote(str(file))}"]
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": name_image("standin"), "ContainerEntrypoint": program},
    }


def calls(town: Town, file: Path) -> list[dict[str, Any]]:
    """What a page tries: address, body, and the headers an AWS client would send."""
    aws = {"Content-Type": "application/x-amz-json-1.1"}
    create = aws | {"X-Amz-Target": "SageMaker.CreateProcessingJob"}
    url = town.account.url
    record = {"Content-Type": "application/json"}
    queue = "Action=CreateQueue&QueueName=stolen"
    return [
        {"url": f"{url}/", "body": json.dumps(processing("evil", file)), "headers": create},
        {"url": f"{url}/moto-api/reset", "body": "", "headers": {}},
        {"url": f"{url}/sqs_{REGION}/?{queue}", "body": queue, "headers": aws},
        {"url": f"{url}/kept/key", "body": "overwritten", "headers": aws},
        {"url": f"{url}/local-sagemaker/interrupt?name=any", "body": "", "headers": {}},
        {"url": f"{url}/endpoints/any/invocations", "body": "1", "headers": {}},
        {"url": f"{town.front}/invocations", "body": "1", "headers": {"Content-Type": "text/csv"}},
        {"url": f"{town.gateway}/predictions", "body": '{"a": 1}', "headers": record},
        {"url": f"{town.gateway}/schema", "body": "", "headers": {}},
        {"url": f"{town.page}/review", "body": '{"text": "good"}', "headers": record},
    ]


def assert_untouched(town: Town, file: Path) -> None:
    account = town.account
    assert not file.exists()
    assert account.get("s3://kept/key") == b"kept"
    assert "QueueUrls" not in account.client("sqs").list_queues()
    jobs = account.sagemaker.list_processing_jobs(NameContains="evil")
    assert jobs["ProcessingJobSummaries"] == []
    assert town.count_invocations() == (0, 0)


@pytest.mark.parametrize("origin", [EVIL, "127.0.0.1"])
def test_a_page_of_another_origin_starts_nothing_and_reads_nothing(
    town: Town, browser: Browser, tmp_path: Path, origin: str
) -> None:
    town.account.bucket("kept", key="kept")
    browser.open_as(f"http://{origin}:8999/attack", ANY_PAGE)
    browser.run(ATTACK)
    found = browser.run(f"attack({json.dumps(calls(town, tmp_path / 'ran'))})")
    # A no-cors answer is opaque to the page, whatever it says.
    allowed = {"read": {"blocked"}, "simple": {"blocked"}, "socket": {"blocked"}}
    allowed |= {"opaque": {"opaque", "blocked"}, "image": {"blocked"}, "form": {"sent"}}
    allowed |= {"beacon": {"sent"}}
    for url, outcomes in found.items():
        assert outcomes.keys() == allowed.keys()
        wrong = {name: text for name, text in outcomes.items() if text not in allowed[name]}
        assert wrong == {}, url
    assert_untouched(town, tmp_path / "ran")


def test_a_page_whose_name_was_rebound_to_this_machine_is_refused(
    town: Town, browser: Browser, tmp_path: Path
) -> None:
    """Its requests are of its own origin, so that it can send and read everything but `Host`."""
    town.account.bucket("kept", key="kept")
    for place in (town.account.url, town.front, town.gateway, town.page):
        own = f"http://{EVIL}:{urlsplit(place).port}"
        browser.open_as(f"{own}/attack", ANY_PAGE)
        browser.run(ATTACK)
        tried = [call for call in calls(town, tmp_path / "ran") if call["url"].startswith(place)]
        for call in [*tried, {"url": f"{place}/", "body": None, "headers": {}}]:
            sent = call | {"url": call["url"].replace(place, own)}
            status, text = browser.run(f"send({json.dumps(sent)})")
            assert (status, "foreign host 'evil.example:" in text) == (403, True), sent
    assert_untouched(town, tmp_path / "ran")


def test_the_pages_of_these_ports_work_in_their_own_origin(
    town: Town, browser: Browser, tmp_path: Path
) -> None:
    account = town.account
    # What the pages above tried, from a client: it does make the file.
    account.sagemaker.create_processing_job(**processing("ours", tmp_path / "ran"))
    ended = wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName="ours"),
        "ProcessingJobStatus",
    )
    assert (ended["ProcessingJobStatus"], (tmp_path / "ran").read_text()) == ("Completed", "ran\n")

    account.bucket("standins")
    model(account, "browsed", container(account, "browsed", tag="b"))
    config(account, "browsed", browsed=1)
    endpoint(account, "browsed")
    browser.open(f"{account.url}/console")
    assert "browsed" in browser.run("document.body.innerText")
    browser.open(f"{account.url}/console/endpoint/{REGION}/browsed")
    browser.run("document.querySelector('textarea').value = '7'; document.forms[0].submit()")
    browser.wait("Page.loadEventFired")
    assert "b(7)" in browser.run("document.body.innerText")

    browser.open(f"{town.gateway}/")
    browser.run(ATTACK)
    record = {"url": "/predictions", "body": '{"a": 1}'}
    record_type = {"headers": {"Content-Type": "application/json"}}
    found = browser.run(f"send({json.dumps(record | record_type)})")
    assert found == [200, runtime.PREDICTIONS]
    browser.open(f"{town.page}/#good")
    browser.run(ATTACK)
    asked = {"url": "/review", "body": "{}", "headers": {}}
    status, text = browser.run(f"send({json.dumps(asked)})")
    assert (status, "not one number" in text) == (502, True)
    assert {path for path, _, _ in town.runtime.seen} == {
        "/endpoints/any/invocations",
        "/invocations",
    }
