"""Abalone on each engine: raw CSV through both images, every command as a person types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from examples.abalone import data, mlops, run
from local_test.engines import Engine
from tests.scripts.accessibility.axe_checks import check_report

IMPATIENT = Path(__file__).parents[1] / "clients" / "impatient"


def test_rings_are_counted_as_well_as_amazons_example_asks(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        data.fetch()
    except RuntimeError as error:
        pytest.skip(str(error))
    code = run.main(["--engine", engine.name, "--output", str(tmp_path)])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["rows"] == 627
    assert told["rmse"] == pytest.approx(2.153, abs=0.02)
    assert told["mae"] == pytest.approx(1.47, abs=0.02)
    assert told["mse"] <= run.MOST_SQUARED_ERROR
    assert "$ local-sagemaker pipeline --stage preprocessor=" in shown.out
    assert f"RMSE {told['rmse']:.3f} rings" in shown.out
    assert (tmp_path / "report.html").read_text().count("<circle") == 627
    check_report(tmp_path / "report.html", tmp_path / "profile")


def test_the_sdk_defines_the_pipeline_and_a_good_model_is_registered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        data.fetch()
    except RuntimeError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("PYTHONPATH", str(IMPATIENT))
    code = run.main(["--engine", "process", "--output", str(tmp_path), "--pipeline"])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    steps = re.findall(r"(?m)^  (\S+) Succeeded \{", shown.out)
    assert steps == [
        *("FitTransform", "Transform-CreateModel", "Features", "TrainBooster"),
        *("GoodEnough", "Abalone-RegisterModel"),
    ]
    assert 'GoodEnough Succeeded {"Condition": {"Outcome": "True"}}' in shown.out
    assert "model-package/abalone/1" in shown.out


def test_an_approved_model_is_replaced_by_one_trained_because_of_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        data.fetch()
    except RuntimeError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("PYTHONPATH", str(IMPATIENT))
    code = mlops.main(["--engine", "process", "--output", str(tmp_path)])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    assert shown.out.count("  Register-RegisterModel: Succeeded") == 1
    cards = re.findall(r"(?m)^  drifted column (\w+): (.*)", shown.out)
    assert cards == [("length", "baseline_drift_check (schedule abalone-data)")]
    assert re.search(r"approved abalone/2\n  serves after [0-9.]+ s", shown.out)
    first, second = re.findall(r"[0-9]+ times ([0-9.]+)", shown.out)
    assert first != second
    assert shown.out.splitlines()[-1] == f"rings of one abalone: {float(second):.2f}"


def test_a_command_that_fails_is_told_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "sex,length,rings\n" + "M,0.5,9\nF,0.4,10\n" * 20
    (tmp_path / "abalone.csv").write_text(rows)
    monkeypatch.setattr(data, "fetch", lambda: tmp_path / "abalone.csv")
    monkeypatch.setitem(run.TRANSFORM, "target", "wrings")
    assert run.main(["--engine", "process", "--output", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("the example failed: `local-sagemaker train` failed: ")
    assert "the target 'wrings' is not in the header of the training data" in told
