"""The demo: it learns logarithms of prices and answers in dollars, through an API too."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.api import build, local
from deploy.api.local import Gateway
from examples.house_prices import run
from examples.house_prices.workflow import PREPROCESSOR, XGBOOST, make_stages
from tests.clients.account import REGION, ROLE, Account, name_image, run_service, wait_until_settled
from tests.conftest import absent
from tests.deploy import emulator
from tests.deploy.emulator import Function
from tests.deploy.events import build_http_event, build_rest_event, read_problem
from tests.scripts.accessibility.axe_checks import check_report
from tests.scripts.pushing import find_free_port

WANTED = {"530": 237_147, "656": 89_851, "1183": 520_186}


@dataclass(frozen=True)
class Demo:
    """What the demo left, and what it showed."""

    folder: Path
    shown: str

    def prices(self) -> dict[str, float]:
        with (self.folder / "predictions.csv").open(newline="") as file:
            return {row["Id"]: float(row["predicted"]) for row in csv.DictReader(file)}

    def model(self, image: str) -> Path:
        return self.folder / image / "model.tar.gz"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert run.main(["--engine", "process", "--output", str(folder)]) == 0
    return Demo(folder, " ".join(shown.getvalue().split()))


def test_the_demo_prices_houses_in_dollars(demo: Demo) -> None:
    told = json.loads((demo.folder / "report.json").read_text())
    assert told["rmse_log"] == pytest.approx(0.1136, abs=0.0005)
    assert told["rmse_log"] <= 0.125  # of a booster that learns dollars themselves
    assert told["median_error"] == pytest.approx(8595, rel=0.02)
    assert told["median_share"] == pytest.approx(0.052, abs=0.001)
    prices = demo.prices()
    assert {name: prices[name] for name in WANTED} == pytest.approx(WANTED, rel=1e-3)
    assert f"<b>${told['median_error']:,.0f}</b>" in (demo.folder / "report.html").read_text()
    median, share = told["median_error"], told["median_share"]
    assert f"Half of the 292 houses are priced within ${median:,.0f} ({share:.1%})" in demo.shown


def test_the_demos_report_has_no_serious_finding(demo: Demo, tmp_path: Path) -> None:
    check_report(demo.folder / "report.html", tmp_path / "profile")


@pytest.fixture(scope="module")
def account(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The local SageMaker, with the demo's three containers behind the endpoint `prices`."""
    with run_service("process", tmp_path_factory.mktemp("state")) as account:
        store = account.bucket("prices")
        for name in (PREPROCESSOR, XGBOOST):
            account.put(f"{store}/{name}.tar.gz", demo.model(name).read_bytes())
        chain = [
            {
                "Image": name_image(stage.image),
                "ModelDataUrl": f"{store}/{stage.image}.tar.gz",
                "Environment": dict(stage.environment),
            }
            for stage in make_stages(demo.model(PREPROCESSOR), demo.model(XGBOOST))
        ]
        variant: dict[str, Any] = {"VariantName": "all", "ModelName": "prices"}
        variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker = account.sagemaker
        sagemaker.create_model(ModelName="prices", ExecutionRoleArn=ROLE, Containers=chain)
        sagemaker.create_endpoint_config(EndpointConfigName="prices", ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName="prices", EndpointConfigName="prices")
        told = wait_until_settled(
            lambda: sagemaker.describe_endpoint(EndpointName="prices"), "EndpointStatus"
        )
        assert told["EndpointStatus"] == "InService", told
        yield account


@pytest.fixture(scope="module")
def function(
    demo: Demo, account: Account, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Function]:
    """The API's function, as `make api` packs it, in Lambda's emulator."""
    folder = tmp_path_factory.mktemp("api")
    packed = build.build(demo.model(PREPROCESSOR), "rest", folder)
    environment = {"ENDPOINT_NAME": "prices", "AWS_ENDPOINT_URL": account.url}
    log = folder / "log"
    with emulator.run_function(packed, "front.handler.handle", environment, log) as function:
        yield function


def houses(demo: Demo, schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the wanted houses that training never saw as a client would write them."""
    kinds = {name: field["type"] for name, field in schema["properties"].items()}

    def cell(name: str, text: str) -> float | str | None:
        if text == "NA":
            return None
        return float(text) if kinds[name] == ["number", "null"] else text

    with (demo.folder / "data" / "holdout.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Id"] in WANTED]
    return {
        row["Id"]: {name: cell(name, text) for name, text in row.items() if name in kinds}
        for row in rows
    }


def test_an_event_of_api_gateway_becomes_dollars(demo: Demo, function: Function) -> None:
    schema = json.loads(function(build_rest_event("GET", "schema"))["body"])
    assert len(schema["required"]) == 79
    records = houses(demo, schema)
    answer = function(
        build_rest_event(body=json.dumps(list(records.values())), X_Request_Id="visit-1")
    )
    assert answer["statusCode"] == 200, answer
    scores = [prediction["score"] for prediction in json.loads(answer["body"])["predictions"]]
    prices = demo.prices()
    assert scores == [prices[name] for name in records]  # every digit as without the API
    one = function(build_http_event(body=json.dumps(records["656"]).encode()))
    [prediction] = json.loads(one["body"])["predictions"]
    assert prediction["score"] == pytest.approx(WANTED["656"], rel=1e-3)
    told = [line for line in function.lines() if "told" in line]
    [line] = [line for line in told if line["told"]["request_id"] == "visit-1"]
    assert (line["message"], line["told"]["records"]) == ("POST predictions 200", 3)


def test_an_explanation_through_the_function_adds_up_to_the_price(
    demo: Demo, function: Function
) -> None:
    schema = json.loads(function(build_rest_event("GET", "schema"))["body"])
    record = houses(demo, schema)["1183"]
    event = build_rest_event(body=json.dumps(record))
    answer = function(event | {"queryStringParameters": {"explain": "true"}})
    assert answer["statusCode"] == 200, answer
    [prediction] = json.loads(answer["body"])["predictions"]
    assert prediction["score"] == demo.prices()["1183"]
    assert prediction["attribution_unit"] == "log(1 + SalePrice)"
    ranked = [one["attribution"] for one in prediction["attributions"]]
    assert {one["column"] for one in prediction["attributions"]} <= set(record)
    assert len(ranked) > 50
    assert ranked == sorted(ranked, key=abs, reverse=True)
    logarithm = prediction["base_value"] + sum(ranked)
    assert math.expm1(logarithm) == pytest.approx(prediction["score"], rel=3e-5)


def test_the_console_of_the_local_sagemaker_shows_the_call(
    account: Account, function: Function, demo: Demo
) -> None:
    schema = json.loads(function(build_rest_event("GET", "schema"))["body"])
    record = json.dumps(houses(demo, schema)["1183"])
    function(build_http_event(body=record, X_Request_Id="visit-2"))
    with urllib.request.urlopen(f"{account.url}/console/endpoint/{REGION}/prices") as page:
        listed = page.read().decode().partition("Recent requests")[2]
    row = next(row for row in listed.split("<tr ") if "<td>visit-2</td>" in row)
    assert '<span class="status Completed">200</span>' in row
    assert "application/json" in row


def test_mistakes_come_back_the_same_way(demo: Demo, function: Function) -> None:
    schema = json.loads(function(build_rest_event("GET", "schema"))["body"])
    record = houses(demo, schema)["530"]
    wrong = function(build_http_event(body=json.dumps(record | {"LotArea": "large", "Price": 1})))
    assert [flaw["field"] for flaw in read_problem(wrong)["errors"]] == ["LotArea", "Price"]
    # The function knows types; that a number is too large for the model is the model's to say.
    huge = function(build_rest_event(body=json.dumps([record, record | {"LotArea": 1e300}])))
    assert huge["statusCode"] == 400
    assert "row 2" in read_problem(huge)["detail"]


def seen(gateway: Gateway, record: dict[str, Any], folder: Path) -> str:
    """Give the page's text after it has asked for a record, as Chromium has it."""
    browser = shutil.which("chromium")
    if browser is None:
        absent("no chromium to look at the page with: apt-get install chromium")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    places = [f"--user-data-dir={folder / 'profile'}", f"--screenshot={folder / 'page.png'}"]
    patience = ["--window-size=1100,800", "--virtual-time-budget=20000"]
    address = f"{gateway.url}/?unit=$#{urllib.parse.quote(json.dumps(record))}"
    done = subprocess.run(
        [browser, *options, *places, *patience, "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def gateway(demo: Demo, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    with local.serve_api("prices", demo.model(PREPROCESSOR)) as gateway:
        yield gateway


def test_a_page_in_a_browser_shows_the_price(demo: Demo, gateway: Gateway, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{gateway.url}/schema") as answer:
        record = houses(demo, json.load(answer))["656"]
    page = seen(gateway, record, tmp_path)
    assert f"<span>SalePrice</span> ${demo.prices()['656']:,.0f}</output>" in page
    assert (
        page.count('<option value="Edwards">') == 1
    )  # categories are offered as training saw them
    wrong = seen(gateway, record | {"LotArea": "large"}, tmp_path)
    assert 'class="wrong"><b>LotArea</b>' in wrong
    assert "<small>a number or null is expected, not a text</small>" in wrong
    [picture] = tmp_path.glob("page.png")
    assert picture.stat().st_size > 20_000


def test_the_commands_of_the_readme_train_serve_and_predict(demo: Demo, tmp_path: Path) -> None:
    """Steps 1 to 4 of "Your own data", typed as they are, in a folder that has the demo's files."""
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = page.split("## Your own data")[1].split("```sh\n")[1].split("\n# 5. ")[0]
    port = find_free_port()
    typed = block.replace("source .venv/bin/activate\n", "").replace("8080", str(port))
    files = tmp_path / "build" / "demo"
    files.mkdir(parents=True)
    for name in ("houses.csv", "record.csv"):
        shutil.copy(demo.folder / name, files)
    done = subprocess.run(
        ["bash", "-euc", typed],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with (files / "record.csv").open(newline="") as file:
        identifier = next(csv.DictReader(file))["Id"]
    assert f"{tmp_path / 'build/transform/report.html'}\n" in done.stdout
    assert "report: report.html in it; local-sagemaker report build/transform" in done.stdout
    (price,) = re.findall(r"(?m)^\d+\.\d+$", done.stdout)
    assert float(price) == pytest.approx(demo.prices()[identifier], rel=0.2)
