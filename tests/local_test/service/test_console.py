"""The console in a browser: what a person sees, while a job runs and afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.browsing import open_browser
from tests.clients.account import REGION, Account, name_image
from tests.conftest import absent
from tests.local_test.service.resources.test_endpoints import (
    ask,
    config,
    container,
    endpoint,
    model,
)
from tests.local_test.service.resources.test_training import logged, wait_for

LOSS = {"MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}]}


@pytest.fixture(scope="module")
def shown(account: Account) -> Account:
    """The service with a job that has ended, one that runs, and an endpoint of two containers."""
    account.bucket("standins")
    account.bucket("shown", **{"in/a.csv": "1"})
    score = {"act": "score", "x": "5"}
    account.train(
        "shown", name_image("standin"), "s3://shown/in", HyperParameters=score, algorithm=LOSS
    )
    account.trained("shown")
    containers = [container(account, f"shown-{tag}", tag=tag, refuses="bad") for tag in "ef"]
    model(account, "shown", *containers)
    config(account, "shown", shown=1)
    endpoint(account, "shown")
    return account


def seen(account: Account, path: str, folder: Path) -> str:
    """Give a page as Chromium has it after rendering; a picture of it is left in the folder."""
    browser = shutil.which("chromium")
    if browser is None:
        absent("no chromium to look at the console with: apt-get install chromium")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    places = [f"--user-data-dir={folder / 'profile'}", f"--screenshot={folder / 'page.png'}"]
    done = subprocess.run(
        [browser, *options, *places, "--window-size=1100,1300", "--dump-dom", account.url + path],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def text(page: str) -> str:
    body = page.partition("<main")[2].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def token(account: Account, path: str) -> str:
    """Return the token in the form of a page."""
    with urllib.request.urlopen(account.url + path) as answer:
        found = re.search(r'name="token" value="([^"]+)"', answer.read().decode())
    assert found is not None
    return found[1]


def test_the_first_page_lists_what_there_is(shown: Account, tmp_path: Path) -> None:
    page = seen(shown, "/console", tmp_path)
    assert f'href="/console/training-job/{REGION}/shown"' in page
    assert f"shown Completed {REGION}" in text(page)
    assert f"shown InService {REGION}" in text(page)
    assert "loss 4" in text(page)


def test_a_job_shows_its_course_curves_and_log(shown: Account, tmp_path: Path) -> None:
    page = seen(shown, f"/console/training-job/{REGION}/shown", tmp_path)
    assert "loss: 4 → 4 (3 values)" in text(page)
    assert page.count("<polyline") == 1
    assert "loss=4.0 kind=None" in text(page)
    assert "Uploading the training artifacts" in text(page)
    assert "data-live" not in page  # it stands still


def test_a_running_jobs_page_follows_it(shown: Account, tmp_path: Path) -> None:
    shown.train("going", name_image("standin"), "s3://shown/in", HyperParameters={"act": "obey"})
    wait_for(lambda: logged(shown, "/aws/sagemaker/TrainingJobs", "going/", "working"))
    with open_browser(tmp_path / "profile") as tab:
        tab.open(f"{shown.url}/console/training-job/{REGION}/going")
        tab.run("window.loaded = 'once'")
        assert "working" in tab.run("document.body.innerText")
        shown.sagemaker.stop_training_job(TrainingJobName="going")
        shown.trained("going")
        wait_for(lambda: tab.run("document.querySelector('h1 .status').textContent") == "Stopped")
        assert tab.run("window.loaded") == "once"


def test_an_endpoint_shows_its_pipeline_as_a_picture(shown: Account, tmp_path: Path) -> None:
    page = seen(shown, f"/console/endpoint/{REGION}/shown", tmp_path)
    pipeline, _, rest = page.partition("<h2>Lineage</h2>")  # its picture is tested with lineage
    assert pipeline.count("<rect") == 2
    shown_text = text(f"{pipeline}{rest.rpartition('</figure>')[2]}")
    assert shown_text.count("tandem-standin:latest") == 2
    assert 'aria-label="request, tandem-standin:latest, tandem-standin:latest, answer"' in pipeline


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("1\r\n<2>", "f(e(1)) f(e(&lt;2&gt;))"),
        ("bad", "Received client error (415) from container-1"),
    ],
)
def test_a_record_is_sent_and_its_answer_shown(shown: Account, record: str, sentence: str) -> None:
    page = f"/console/endpoint/{REGION}/shown"
    form = {"body": record, "content_type": "text/csv", "accept": "text/csv"}
    data = urllib.parse.urlencode(form | {"token": token(shown, page)}).encode()
    place = shown.url + page
    with urllib.request.urlopen(place, data) as answer:
        assert sentence in text(answer.read().decode())


def test_a_record_is_typed_into_the_columns_of_the_recipe(shown: Account, tmp_path: Path) -> None:
    recipe = {
        "layout": ["area", "city", "id"],
        "columns": [
            {"name": "area", "type": "number", "treatments": [{}], "seen": [20.0, 90.0]},
            {"name": "city", "type": "category", "treatments": [{}], "seen": ["Bonn", "Oslo"]},
            {"name": "id", "type": "identifier", "treatments": [], "seen": None},
        ],
    }
    model(shown, "typed", container(shown, "typed", tag="t", recipe=recipe))
    config(shown, "typed", typed=1)
    endpoint(shown, "typed")
    with open_browser(tmp_path / "profile") as tab:
        tab.open(f"{shown.url}/console/endpoint/{REGION}/typed")
        fields = "Array.from(document.querySelectorAll('.fields label'), one => one.innerText)"
        assert [" ".join(one.split()) for one in tab.run(fields)] == [
            "area number, 20 to 90",
            "city category",
        ]
        tab.run("document.querySelector('input[name=\"cell:area\"]').value = '33'")
        tab.run("document.forms[0].submit()")
        tab.wait("Page.loadEventFired")
        answer = "document.querySelector('#answer pre').textContent"
        sent = '{"area": "33", "city": "Bonn"}'
        assert tab.run(answer) == f"t({sent})\n"
        # The form and the answer stay while the page follows the traffic.
        ask(shown, "typed", "x")
        requests = "document.querySelector('.wide td:nth-child(4)').innerText"
        wait_for(lambda: tab.run(requests) == "1")
        assert tab.run(answer) == f"t({sent})\n"
        assert tab.run("document.querySelector('input[name=\"cell:area\"]').value") == "33"


def test_the_last_requests_of_an_endpoint_are_listed(shown: Account, tmp_path: Path) -> None:
    runtime = shown.client("sagemaker-runtime")
    given = {"EndpointName": "shown", "ContentType": "text/csv", "InferenceId": "visit-7"}
    runtime.invoke_endpoint(**given, Body=b"1\n<2>\n")
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(**given, Body=b"bad\n")
    page = text(seen(shown, f"/console/endpoint/{REGION}/shown", tmp_path))
    listed = page.partition("Recent requests")[2]
    refused, answered = re.findall(r"(\d{3}) [\d.]+ text/csv (\d) visit-7", listed)
    assert (refused, answered) == (("415", "4"), ("200", "6"))
    assert "Received client error (415) from container-1" in listed


def test_what_is_not_there_is_said(shown: Account) -> None:
    for path in ("/console/nothing", f"/console/training-job/{REGION}/nobody"):
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(shown.url + path)
        with missing.value as answer:
            assert answer.code == 404
            assert "Not found" in text(answer.read().decode())


def test_secrets_are_masked_on_the_page_and_given_back_by_the_api(shown: Account) -> None:
    parameters = {"act": "obey", "db_password": "hunter2", "depth": "7"}
    shown.train("masked", name_image("standin"), "s3://shown/in", HyperParameters=parameters)
    with urllib.request.urlopen(f"{shown.url}/console/training-job/{REGION}/masked") as answer:
        page = answer.read().decode()
    found = shown.sagemaker.describe_training_job(TrainingJobName="masked")
    shown.sagemaker.stop_training_job(TrainingJobName="masked")
    assert "hunter2" not in page
    assert "db_password ******** " in text(page)
    assert "depth 7 " in text(page)
    assert found["HyperParameters"] == parameters


def test_an_endpoint_shows_its_traffic(shown: Account) -> None:
    for body in ("1\n", "bad\n"):
        with suppress(ClientError):
            ask(shown, "shown", body)
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(f"{shown.url}/console/endpoint/{REGION}/shown") as response:
            live = response.read().decode()
        found = re.search(r"shown 1 1 of 1 (\d+) (\d+)( [\d.]+ ms){3}", text(live))
        if found and int(found[1]) >= 2:
            break
        assert time.monotonic() < deadline  # metrics come a second after a request
        time.sleep(0.2)
    assert int(found[2]) >= 1
    assert set(re.findall(r"\[shown/i-0\w+/(container-[12])\] listening on", live)) == {
        "container-1",
        "container-2",
    }
