"""Stories of `conform`: the images of this project keep the contract."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from local_test.conformance.check import Status
from local_test.conformance.harness.image_under_test import Subject
from local_test.conformance.harness.sample_data import fitting
from local_test.conformance.runner import Report, chosen, examine
from local_test.engines import select_engine

CONFINED = ["C-001", "C-003", "C-004", "C-005", "C-006", "C-007"]
ON_DOCKER = [*CONFINED, "C-041", "C-044", "C-061", "C-062"]
PIPELINE = [f"C-0{number}" for number in range(63, 72)]
LONG = ["C-008", "C-025", "C-026", "C-027", "C-028", "C-029", "C-031", "C-037"]


def subject(name: str, folder: Path) -> Subject:
    sample = fitting(name)
    return Subject(
        name,
        sample.write(folder),
        sample.request.encode(),
        hyperparameters=sample.hyperparameters,
        bad=sample.bad,
        long=sample.long,
        resume=sample.resume,
    )


def pair(folder: Path) -> Subject:
    """The transform, and behind it the booster that learns from its features."""
    booster = Subject("xgboost", {}, b"", hyperparameters=fitting("xgboost").hyperparameters)
    return replace(subject("preprocessor", folder), following=booster)


def ids(report: Report, status: Status) -> list[str]:
    return [verdict.check.id for verdict in report.verdicts if verdict.status is status]


@pytest.mark.parametrize(
    ("image", "inapplicable"),
    [
        ("xgboost", [*CONFINED, *PIPELINE]),
        ("preprocessor", [*CONFINED, *LONG, "C-019", "C-071"]),
    ],
)
def test_our_images_keep_every_sentence_that_applies(
    image: str, inapplicable: list[str], tmp_path: Path
) -> None:
    examined = pair(tmp_path) if image == "preprocessor" else subject(image, tmp_path)
    report = examine(examined, select_engine("process"))
    assert [v for v in report.verdicts if v.status in {Status.FAILED, Status.BLOCKED}] == []
    assert ids(report, Status.NOT_APPLICABLE) == sorted(inapplicable)


@pytest.mark.parametrize(
    ("switch", "status"),
    [({}, Status.PASSED), ({"ANOTHER_VARIABLE": "false"}, Status.FAILED)],
)
def test_code_of_an_archive_is_kept_out_by_the_switch_of_our_images(
    switch: dict[str, str], status: Status, tmp_path: Path
) -> None:
    examined = replace(subject("preprocessor", tmp_path), code_switch=switch)
    report = examine(examined, select_engine("process"), chosen(["C-092"]))
    assert [verdict.status for verdict in report.verdicts if verdict.check.id == "C-092"] == [
        status
    ]


@pytest.mark.docker
@pytest.mark.parametrize("image", ["xgboost", "preprocessor"])
def test_our_images_keep_what_only_docker_can_look_at(image: str, tmp_path: Path) -> None:
    report = examine(subject(image, tmp_path), select_engine("docker"), chosen(ON_DOCKER))
    assert [v for v in report.verdicts if v.status in {Status.FAILED, Status.BLOCKED}] == []
    assert ids(report, Status.PASSED) == ON_DOCKER


@pytest.mark.docker
def test_our_images_stand_in_a_row_on_docker(tmp_path: Path) -> None:
    report = examine(pair(tmp_path), select_engine("docker"), chosen(PIPELINE))
    assert [(v.check.id, v.detail) for v in report.verdicts if v.status != "passed"] == []
