"""The demo: it learns logarithms of prices, and answers in dollars."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from examples.house_prices import run


def test_the_demo_prices_houses_in_dollars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--engine", "process", "--output", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["rmse_log"] == pytest.approx(0.1136, abs=0.0005)
    assert told["rmse_log"] <= 0.125  # of a booster that learns dollars themselves
    assert told["median_error"] == pytest.approx(8595, rel=0.02)
    assert told["median_share"] == pytest.approx(0.052, abs=0.001)
    with (tmp_path / "predictions.csv").open(newline="") as file:
        prices = {row["Id"]: float(row["predicted"]) for row in csv.DictReader(file)}
    wanted = {"530": 237_147, "656": 89_851, "1183": 520_186}
    assert {name: prices[name] for name in wanted} == pytest.approx(wanted, rel=1e-3)
    assert f"<b>${told['median_error']:,.0f}</b>" in (tmp_path / "report.html").read_text()
    shown = " ".join(capsys.readouterr().out.split())
    median, share = told["median_error"], told["median_share"]
    assert f"Half of the 292 houses are priced within ${median:,.0f} ({share:.1%})" in shown
