"""`/console/experiments` and `runs`: what they show of the runs of an experiment."""

from __future__ import annotations

import html
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

from local_test.cli import main
from local_test.service.console import assets
from local_test.service.http.app import App
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from scripts.charts.build import BUNDLE, is_current, write_banner
from tests.browsing import Browser, open_browser
from tests.clients.account import REGION, Account
from tests.local_test.answers import read_answer
from tests.local_test.service.in_process import URL, open_service
from tests.local_test.standins import list_required

PATH = f"/console/experiments/{REGION}/Prices"
LEARNED = {"r0": [0.9, 0.5], "r1": [0.8, 0.25], "r2": [0.7, 0.75]}


def fill(sagemaker: Any, metrics: Any, prefix: str = "") -> None:
    """Create experiment Prices with runs r0 to r2, which differ in depth, data and rmse."""
    sagemaker.create_experiment(ExperimentName=f"{prefix}Prices")
    sagemaker.create_trial(TrialName=f"{prefix}t", ExperimentName=f"{prefix}Prices")
    for number, (name, values) in enumerate(LEARNED.items()):
        sagemaker.create_trial_component(
            TrialComponentName=f"{prefix}{name}",
            DisplayName=f"{prefix}{name}",
            Parameters={
                "depth": {"NumberValue": 3 + number},
                "api_key": {"StringValue": "hush"},
                "note": {"StringValue": "<b>"},
            },
            InputArtifacts={"train": {"Value": f"s3://b/{number // 2}"}},
        )
        sagemaker.associate_trial_component(
            TrialName=f"{prefix}t", TrialComponentName=f"{prefix}{name}"
        )
        data = [
            {"MetricName": "rmse", "Value": value, "Step": step, "Timestamp": int(time.time())}
            for step, value in enumerate(values)
        ]
        metrics.batch_put_metrics(TrialComponentName=f"{prefix}{name}", MetricData=data)


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an application at a port of this machine, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with open_service(tmp_path_factory.mktemp("pages")) as (backend, sagemaker):
        app = App(backend)
        clients = AwsClients(URL, {}, WsgiClient(app))
        fill(sagemaker, clients.client("sagemaker-metrics", REGION))
        yield Client(app)
        clients.close()


def see(browser: Client, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, response.text
    return response.text


def read_charts(page: str) -> Any:
    found = re.search('id="runs-data"[^>]*>(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def list_rows(page: str) -> list[str]:
    return re.findall(r'name="run" value="(\w+)"', page)


def test_experiments_lead_to_their_runs(browser: Client) -> None:
    assert f'href="{PATH}"' in see(browser, "/console/experiments")
    assert 'href="/console/experiments"' in see(browser, "/console")
    page = see(browser, PATH)
    assert list_rows(page) == ["r2", "r1", "r0"]
    assert "hush" not in page
    assert "<b>" not in page


def test_runs_are_sorted_and_filtered(browser: Client) -> None:
    assert list_rows(see(browser, f"{PATH}?sort=rmse&order=ascending")) == ["r1", "r0", "r2"]
    assert list_rows(see(browser, f"{PATH}?filter=depth%3E3,rmse%3C0.5")) == ["r1"]
    page = see(browser, f"{PATH}?filter=none%3E3")
    assert "unknown column in the filter: &#39;none&#39;" in page
    assert len(list_rows(page)) == 3


def test_curves_and_coordinates_have_a_line_a_run(browser: Client) -> None:
    charts = read_charts(see(browser, PATH))
    assert [run["name"] for run in charts["runs"]] == ["r2", "r1", "r0"]
    curves = {charts["runs"][curve["run"]]["name"]: curve for curve in charts["curves"]}
    assert {name: curve["y"] for name, curve in curves.items()} == LEARNED
    assert charts["parallel"] == {
        "axes": [
            {"name": "depth", "low": 3, "high": 5},
            {"name": "rmse", "low": 0.25, "high": 0.75},
        ],
        "values": [[5, 0.75], [4, 0.25], [3, 0.5]],
    }
    assert charts["runs"][1]["colour"] == "hsl(220 75% 52%)"  # the best
    assert charts["runs"][0]["colour"] == "hsl(5 75% 52%)"


def test_columns_are_chosen_for_the_page_and_the_file(browser: Client) -> None:
    page = see(browser, f"{PATH}?column=depth&column=rmse")
    heads = re.findall(r"<th[^>]*><a [^>]*>(.*?)</a>", page)
    assert heads == ["run", "status", "created", "seconds", "depth", "rmse"]
    [link] = re.findall(r'href="([^"]*runs.csv[^"]*)"', page)
    head = browser.get(html.unescape(link)).text.splitlines()[0]
    assert head == "name,run,status,created,seconds,depth,rmse"
    assert "unknown column: &#39;none&#39;" in see(browser, f"{PATH}?column=none")


@pytest.mark.usefixtures("bundle")
def test_only_the_scripts_of_the_page_run(browser: Client) -> None:
    response = browser.get(PATH)
    policy = response.headers["Content-Security-Policy"]
    [nonce] = re.findall(r"script-src 'nonce-([\w-]+)'", policy)
    scripts = re.findall(r'<script nonce="([^"]*)" src="([^"]*)">', response.text)
    assert [given for given, _ in scripts] == [nonce] * 5
    for _, address in scripts:
        script = browser.get(address)
        assert script.content_type == "text/javascript; charset=utf-8"
        assert "immutable" in script.headers["Cache-Control"]
    assert f"'nonce-{nonce}'" not in browser.get(PATH).headers["Content-Security-Policy"]
    for name in ("none.js", "echarts.LICENSE.txt", "..%2Fpages.py", "%2Fetc%2Fpasswd"):
        assert browser.get(f"/console/assets/{name}").status_code == 404


def test_without_the_charting_library_the_page_says_how_to_get_it(
    browser: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("tables.js", "live.js", "log.js"):
        shutil.copy(BUNDLE.with_name(name), tmp_path)
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    assets.read_asset.cache_clear()
    try:
        page = see(browser, PATH)
    finally:
        assets.read_asset.cache_clear()
    assert "Run <code>make charts</code>" in page
    assert "echarts" not in page
    assert "r1" in page


@pytest.fixture
def bundle() -> Path:
    if not BUNDLE.exists():
        sentence = "the charting library is not bundled: `make charts`, which needs npm"
        (pytest.fail if list_required() else pytest.skip)(sentence)
    return BUNDLE


def test_the_charting_library_is_that_of_the_lock(bundle: Path) -> None:
    assert bundle.read_text(encoding="utf-8").splitlines()[0] == write_banner()
    assert is_current()


@pytest.mark.usefixtures("bundle")
def test_charts_in_a_browser(browser: Client, tmp_path: Path) -> None:
    with serve(browser.application) as url, open_browser(tmp_path / "profile") as tab:
        tab.open(f"{url}{PATH}")
        lines = "['curves', 'parallel'].map(id => document.getElementById(id).dataset.lines)"
        assert tab.run(lines) == ["3", "3"]
        picture = "document.querySelector('#parallel canvas').toDataURL()"
        before = tab.run(picture)
        keys = "for (const key of ['ArrowRight', 'ArrowRight', 'Enter'])"
        press = (
            "document.getElementById('curves').dispatchEvent(new KeyboardEvent('keydown', {key}))"
        )
        said = tab.run(f"{keys} {press}; document.getElementById('said').textContent")
        assert said == "r1 · depth 4 · rmse 0.25"
        assert tab.run("document.querySelector('tr.chosen input').value") == "r1"
        assert tab.run("document.querySelector('input[name=run]:checked').value") == "r1"
        later = "new Promise(done => setTimeout(() => requestAnimationFrame(done), 50))"
        assert tab.run(f"{later}.then(() => {picture})") != before
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=390,
            height=800,
            deviceScaleFactor=1,
            mobile=True,
        )
        assert tab.run("document.documentElement.scrollWidth") == 390


def find_place(tab: Browser, chart: str, place: str) -> list[float]:
    """Return where a place of a chart, an expression of ECharts, is in the window."""
    found: list[float] = tab.run(
        f"""(() => {{
            const element = document.getElementById("{chart}");
            element.scrollIntoView({{ block: "center" }});
            const chart = echarts.getInstanceByDom(element);
            const [x, y] = chart.{place};
            const box = element.getBoundingClientRect();
            return [box.left + x, box.top + y];
        }})()"""
    )
    return found


def wait_for_rows(tab: Browser, expected: list[str]) -> None:
    """Return when the table shows these runs and no others."""
    rows = "Array.from(document.querySelectorAll('tr[data-run]:not([hidden]) input'))"
    deadline, shown = time.monotonic() + 20, None
    while time.monotonic() < deadline and shown != expected:
        shown = tab.run(f"new Promise(requestAnimationFrame).then(() => {rows}.map(r => r.value))")
    assert shown == expected


@pytest.mark.usefixtures("bundle")
def test_a_point_is_hovered_and_a_range_is_dragged(browser: Client, tmp_path: Path) -> None:
    with serve(browser.application) as url, open_browser(tmp_path / "profile") as tab:
        tab.open(f"{url}{PATH}")
        tab.move(*find_place(tab, "curves", "convertToPixel('grid', [1, 0.25])"))
        said = "document.getElementById('said').textContent"
        assert tab.run(said) == "r1 · rmse 0.25 at 1 · depth 4 · rmse 0.25"
        assert tab.run("document.querySelector('tr.chosen input').value") == "r1"
        system = "getModel().getComponent('parallel').coordinateSystem"
        top, bottom = (
            find_place(tab, "parallel", f"{system}.dataToPoint({depth}, 'dim0')")
            for depth in (5, 3.5)
        )
        tab.drag(top, bottom)
        wait_for_rows(tab, ["r2", "r1"])
        assert tab.run("document.getElementById('shown').textContent") == (
            ", 2 in the selected ranges"
        )
        # New data comes: the dragged range stays, and its runs are found again.
        tab.run(
            """(() => {
                const source = document.getElementById("runs-data");
                const data = JSON.parse(source.textContent);
                data.parallel.values[2][0] = 4.5;
                source.textContent = JSON.stringify(data);
                document.dispatchEvent(new Event("page-changed"));
            })()"""
        )
        wait_for_rows(tab, ["r2", "r1", "r0"])
        assert tab.run("document.getElementById('shown').textContent") == (
            ", 3 in the selected ranges"
        )
        tab.drag([bottom[0], bottom[1] + 30], [bottom[0], bottom[1] + 30])
        wait_for_rows(tab, ["r2", "r1", "r0"])


def wait_for(tab: Browser, expression: str) -> None:
    """Return when an expression is true in the page."""
    deadline = time.monotonic() + 30
    while not tab.run(f"new Promise(requestAnimationFrame).then(() => {expression})"):
        assert time.monotonic() < deadline, tab.run("document.querySelector('main').innerText")


def test_pages_of_runs_follow_them_without_loading_again(tmp_path: Path) -> None:
    with open_service(tmp_path / "state") as (backend, sagemaker):
        app = App(backend)
        clients = AwsClients(URL, {}, WsgiClient(app))
        metrics = clients.client("sagemaker-metrics", REGION)
        fill(sagemaker, metrics)
        status = {"PrimaryStatus": "InProgress"}
        sagemaker.update_trial_component(TrialComponentName="r1", Status=status)

        def put(step: int, value: float) -> None:
            point = {"MetricName": "rmse", "Value": value, "Step": step}
            data = [{**point, "Timestamp": int(time.time())}]
            metrics.batch_put_metrics(TrialComponentName="r1", MetricData=data)

        with serve(app) as url, open_browser(tmp_path / "profile") as tab:
            tab.open(f"{url}{PATH}/run/r1")
            tab.run("window.kept = true; document.querySelector('main').innerText")
            put(2, 0.125)
            wait_for(tab, "document.querySelector('main').innerText.includes('0.125')")
            assert tab.run("window.kept")
            tab.open(f"{url}{PATH}")
            tab.run("window.kept = document.querySelector('input[value=r2]').checked = true")
            put(3, 0.0625)
            wait_for(tab, "document.querySelector('tr[data-key=r1]').innerText.includes('0.0625')")
            assert tab.run("window.kept && document.querySelector('input[value=r2]').checked")
            sagemaker.update_trial_component(
                TrialComponentName="r1", Status={"PrimaryStatus": "Completed"}
            )
            wait_for(tab, "!!document.querySelector('tr[data-key=r1] .status.Completed')")
            tab.open("about:blank")  # its streams end before the server
            backend.record_signal.close()
        clients.close()


def test_two_runs_are_compared(browser: Client) -> None:
    page = see(browser, f"{PATH}/difference?run=r0&run=r2")
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page)
    assert [cells[start : start + 4] for start in range(0, len(cells), 4)] == [
        ["parameters", "depth", "3", "5"],
        ["data", "train", "s3://b/0", "s3://b/1"],
        ["metrics", "rmse", "0.5", "0.75"],
    ]
    assert "1 chosen" in see(browser, f"{PATH}/difference?run=r0", 404)
    assert "Unknown run" in see(browser, f"{PATH}/difference?run=r0&run=none", 404)


def test_a_run_has_the_graphs_that_it_logged(tmp_path: Path) -> None:
    graphs: dict[str, dict[str, Any]] = {
        "ROCCurve": {
            "title": "ROC<1>",
            "falsePositiveRate": [0.0, 0.5, 1.0],
            "truePositiveRate": [0.0, 0.75, 1.0],
            "areaUnderCurve": 0.625,
        },
        "PrecisionRecallCurve": {"title": "PR", "recall": [1.0], "precision": [0.5, 1.0]},
        "ConfusionMatrix": {"title": "Matrix", "confusionMatrix": [[5, 1], [2, 7]]},
    }
    with open_service(tmp_path / "state") as (backend, sagemaker):
        clients = AwsClients(URL, {}, WsgiClient(App(backend)))
        backend.aws.close()
        backend.aws = clients
        fill(sagemaker, clients.client("sagemaker-metrics", REGION))
        s3 = clients.client("s3", REGION)
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="graphs-of-run", CreateBucketConfiguration=place)
        run = sagemaker.describe_trial_component(TrialComponentName="r1")["TrialComponentArn"]
        for kind, content in graphs.items():
            s3.put_object(Bucket="graphs-of-run", Key=kind, Body=json.dumps(content))
            source = {"SourceUri": f"s3://graphs-of-run/{kind}"}
            artifact = sagemaker.create_artifact(
                ArtifactName=kind, Source=source, ArtifactType=kind
            )["ArtifactArn"]
            sagemaker.add_association(
                SourceArn=run, DestinationArn=artifact, AssociationType="Produced"
            )
        client = Client(App(backend))
        page = see(client, f"{PATH}/run/r1")
        assert f'href="{PATH}/run/r1"' in see(client, PATH)
        assert "Unknown run of Prices: r9" in see(client, f"{PATH}/run/r9", 404)
        clients.close()
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Matrix", "PR", "ROC&lt;1&gt;"]
    [points] = re.findall(r'<polyline class="s0" points="([^"]+)"', page)
    places = [tuple(map(float, pair.split(","))) for pair in points.split()]
    assert places[1][0] - places[0][0] == pytest.approx((places[2][0] - places[0][0]) / 2)
    assert places[0][1] - places[1][1] == pytest.approx((places[0][1] - places[2][1]) * 0.75)
    assert "area under the curve 0.625" in page
    assert re.findall(r"<tr><td>0.5</td><td>0.75</td></tr>", page)
    assert re.findall(r"<td>(\d)</td>", page)[:4] == ["5", "1", "2", "7"]
    assert "s3://graphs-of-run/PrecisionRecallCurve has no PrecisionRecallCurve." in page
    assert "hush" not in page


def test_the_table_is_downloaded(browser: Client) -> None:
    response = browser.get(f"{PATH}/runs.csv?filter=r1")
    assert response.headers["Content-Disposition"] == 'attachment; filename="Prices.csv"'
    head, row = response.text.splitlines()
    assert head == "name,run,status,created,seconds,api_key,depth,note,rmse"
    assert row.startswith("r1,r1,")
    assert row.endswith(",********,4,<b>,0.25")


def test_what_is_not_there_is_said(browser: Client) -> None:
    assert "does not exist" in see(browser, f"/console/experiments/{REGION}/none", 404)
    assert "There is no page" in see(browser, f"{PATH}/nothing", 404)


def test_the_command_lists_shows_and_compares(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(account.sagemaker, account.client("sagemaker-metrics"), "cli-")

    def run(*words: str) -> str:
        options = ["runs", "--url", account.url, "--region", REGION]
        assert main([*options, *words]) == 0
        return capsys.readouterr().out

    listed = run("ls", "cli-prices", "--sort", "rmse", "--ascending", "--filter", "depth<5")
    assert [line.split()[0] for line in listed.splitlines()] == ["run", "cli-r1", "cli-r0"]
    columns = run("ls", "cli-prices", "--columns", "depth").splitlines()[0].split()
    assert columns == ["run", "status", "seconds", "depth"]
    listed = run("ls", "cli-prices", "--filter", "rmse<0.5", "--json")
    [best] = read_answer("runs", listed, "ls")
    assert (best["name"], best["metrics"]) == ("cli-r1", {"rmse": 0.25})
    shown = read_answer("runs", run("show", "cli-r1", "--json"), "show")
    assert (shown["metrics"], shown["parameters"]["depth"]) == ({"rmse": 0.25}, 4.0)
    different = read_answer("runs", run("--json", "diff", "cli-r0", "cli-r1"), "diff")
    assert [one["name"] for one in different] == ["depth", "rmse"]
    options = ["runs", "--url", account.url, "--region", REGION]
    assert main([*options, "show", "cli-none"]) == 1
    assert "TrialComponent 'cli-none' does not exist" in capsys.readouterr().err
