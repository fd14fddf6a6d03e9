"""The load that one instance carries, and the instances that a traffic needs."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from local_test import cli
from local_test.sizing.capacity_search import Sizing, size_instances
from local_test.sizing.open_loop import LoadResult, run_open_loop
from local_test.sizing.report import draw_sizing, format_sizing
from tests.clients.account import REGION, Account
from tests.local_test.answers import read_answer
from tests.local_test.service.resources.test_endpoints import config, container, endpoint, model


def measure_queue(limit: float) -> list[float]:
    """Size an instance whose 99th percentile exceeds 50 ms above a limit; give the rates tried."""
    return [trial.rate for trial in search(limit).trials]


def search(limit: float, wanted: float = 500) -> Sizing:
    def measure(rate: float) -> LoadResult:
        return LoadResult(rate, 100, 0, 0, 0.01, 0.02 if rate <= limit else 0.2)

    return size_instances(measure, wanted, 0.05)


@pytest.mark.parametrize("limit", [3.0, 47.0, 120.0, 499.0])
def test_the_rate_of_an_instance_is_found_within_ten_percent(limit: float) -> None:
    sizing = search(limit)
    assert limit / 1.1 <= sizing.sustained <= limit
    assert sizing.instances == -(-500 // sizing.sustained)
    assert len(sizing.trials) < 20


def test_one_instance_is_enough_or_none_is() -> None:
    assert search(1000).instances == 1
    assert max(measure_queue(1000)) == 500
    hopeless = search(1)
    assert (hopeless.instances, len(hopeless.trials)) == (None, 1)
    assert "no number of instances is enough" in format_sizing(hopeless)


def test_a_picture_has_every_trial_and_the_limit() -> None:
    sizing = search(47.0)
    root = ET.fromstring(draw_sizing(sizing))  # noqa: S314
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == len(sizing.trials)
    assert "limit: 50 ms" in draw_sizing(sizing)


def test_a_request_counts_from_when_it_was_due() -> None:
    """A server that answers one request at a time, and none before the gate opens."""
    gate = threading.Event()
    threading.Timer(0.3, gate.set).start()
    result = run_open_loop(lambda: gate.wait(30), 200, 0.2)
    assert result.requests > 10
    assert result.p50 >= 0.1  # due over 0.2 s, answered after 0.3 s
    failed = run_open_loop(lambda: False, 50, 0.2)
    assert failed.errors == failed.requests
    assert not failed.meets(60.0)


def test_the_command_sizes_an_endpoint(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.bucket("standins")
    model(account, "sized", container(account, "sized"))
    config(account, "sized", sized=1)
    endpoint(account, "sized")
    body, picture = tmp_path / "row.csv", tmp_path / "sized.svg"
    body.write_text("1,2\n")
    options = ["--rate", "4", "--input", str(body), "--seconds", "0.5", "--url", account.url]
    options += ["--region", REGION, "--json", "--plot", str(picture)]
    assert cli.main(["size", "--endpoint", "sized", "--p99", "30s", *options]) == 0
    told = read_answer("size", capsys.readouterr().out)
    assert (told["instances"], told["rate_per_instance"]) == (1, 4.0)
    assert [trial["errors"] for trial in told["trials"]] == [0, 0]
    assert picture.read_text().startswith("<svg")
    assert cli.main(["size", "--endpoint", "nobody", "--p99", "30s", *options]) != 0
    assert "Could not find endpoint" in capsys.readouterr().err
