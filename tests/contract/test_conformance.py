"""Stories of `conform`: the images of this project keep the contract; broken ones are found out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local_test.conformance import reports
from local_test.conformance.check import Status
from local_test.conformance.runner import Report, chosen, examine
from local_test.conformance.samples import fitting
from local_test.conformance.subject import Subject
from local_test.engines import choose
from local_test.errors import UserError

BROKEN = Path(__file__).parent / "broken"
LOOKED_AT = ("C-002", "C-021", "C-022", "C-023", "C-024", "C-030", "C-032", "C-034")
CONFINED = ["C-001", "C-003", "C-004", "C-005", "C-006", "C-007"]


def subject(name: str, folder: Path) -> Subject:
    sample = fitting(name)
    return Subject(
        name,
        sample.write(folder),
        sample.request.encode(),
        hyperparameters=sample.hyperparameters,
        bad=sample.bad,
        long=sample.long,
    )


def ids(report: Report, status: Status) -> list[str]:
    return [verdict.check.id for verdict in report.verdicts if verdict.status is status]


@pytest.mark.parametrize(
    ("image", "inapplicable"),
    [("xgboost", CONFINED), ("preprocessor", [*CONFINED, "C-008", "C-031"])],
)
def test_our_images_keep_every_sentence_that_applies(
    image: str, inapplicable: list[str], tmp_path: Path
) -> None:
    report = examine(subject(image, tmp_path), choose("process"))
    assert [v for v in report.verdicts if v.status in {Status.FAILED, Status.BLOCKED}] == []
    assert ids(report, Status.NOT_APPLICABLE) == inapplicable


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("takes-any-word", "C-002"),
        ("fails-and-succeeds", "C-021"),
        ("quotes-data", "C-023"),
        ("writes-elsewhere", "C-024"),
        ("runs-once", "C-030"),
        ("wants-its-name", "C-032"),
        ("reads-every-file", "C-034"),
    ],
)
def test_a_broken_image_fails_the_check_meant_for_it(
    program: str, found: str, tmp_path: Path
) -> None:
    broken = replace(subject("xgboost", tmp_path), image=str(BROKEN / program))
    report = examine(broken, choose("process"), chosen(LOOKED_AT))
    assert ids(report, Status.FAILED) == [found]
    assert len(ids(report, Status.PASSED)) == len(LOOKED_AT) - 1


def test_the_reports_name_what_failed(tmp_path: Path) -> None:
    broken = replace(subject("xgboost", tmp_path), image=str(BROKEN / "takes-any-word"))
    report = examine(broken, choose("process"), chosen(["C-002"]))
    case = ET.fromstring(reports.as_junit(report)).find("testcase/failure")  # noqa: S314 - our own
    assert case is not None
    assert case.get("message") == "the word no-such-command ended with exit code 0"
    told = json.loads(reports.as_json(report))
    assert (told["conforms"], told["checks"][0]["status"]) == (False, "failed")


def test_a_pattern_that_fits_no_check_is_refused() -> None:
    with pytest.raises(UserError, match="no check has an id like 'C-9x'"):
        chosen(["C-9x"])
