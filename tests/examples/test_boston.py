"""Boston: a script of boto3 calls fits, tunes, deploys, asks and transforms, and is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.boston import data, run
from tests.scripts.accessibility.axe_checks import check_report


def test_boto3_goes_the_whole_way_and_prices_districts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        prices = data.write_data(tmp_path)
    except RuntimeError as error:
        pytest.skip(str(error))
    assert run.main(["--engine", "process", "--output", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "report-low_level.json").read_text())
    assert told["rmse"] == pytest.approx(2.774, abs=0.05)
    losses = [trial["validation:rmse"] for trial in told["trials"]]
    assert losses == sorted(losses)
    assert told["one"] == pytest.approx(told["prices"][0], rel=1e-6)  # endpoint and batch agree
    page = (tmp_path / "report-low_level.html").read_text()
    assert page.count("<circle") == len(prices)
    check_report(tmp_path / "report-low_level.html", tmp_path / "profile")
    assert "one district, by the endpoint: $" in capsys.readouterr().out
