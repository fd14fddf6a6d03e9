"""Stories of `conform`: the images of this project keep the contract."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from local_test.conformance.check import CheckStatus
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.sample_data import find_sample
from local_test.conformance.runner import ConformanceReport, examine, select_checks
from local_test.engines import select_engine

CONFINED = ["C-001", "C-003", "C-004", "C-005", "C-006", "C-007"]
ON_DOCKER = [*CONFINED, "C-041", "C-044", "C-061", "C-062"]
PIPELINE = [f"C-0{number}" for number in range(63, 72)]
LONG = ["C-008", "C-025", "C-026", "C-027", "C-028", "C-029", "C-031", "C-037"]


def subject(name: str, folder: Path) -> ImageUnderTest:
    sample = find_sample(name)
    return ImageUnderTest(
        name,
        sample.write(folder),
        sample.request.encode(),
        hyperparameters=sample.hyperparameters,
        invalid_hyperparameters=sample.invalid_hyperparameters,
        long_hyperparameters=sample.long_hyperparameters,
        resume_hyperparameters=sample.resume_hyperparameters,
    )


def pair(folder: Path) -> ImageUnderTest:
    """The transform, and behind it the booster that learns from its features."""
    booster = ImageUnderTest(
        "xgboost", {}, b"", hyperparameters=find_sample("xgboost").hyperparameters
    )
    return replace(subject("preprocessor", folder), next_image=booster)


def ids(report: ConformanceReport, status: CheckStatus) -> list[str]:
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
    assert [
        v for v in report.verdicts if v.status in {CheckStatus.FAILED, CheckStatus.BLOCKED}
    ] == []
    assert ids(report, CheckStatus.NOT_APPLICABLE) == sorted(inapplicable)


@pytest.mark.parametrize(
    ("switch", "status"),
    [({}, CheckStatus.PASSED), ({"ANOTHER_VARIABLE": "false"}, CheckStatus.FAILED)],
)
def test_code_of_an_archive_is_kept_out_by_the_switch_of_our_images(
    switch: dict[str, str], status: CheckStatus, tmp_path: Path
) -> None:
    examined = replace(subject("preprocessor", tmp_path), code_switch=switch)
    report = examine(examined, select_engine("process"), select_checks(["C-092"]))
    assert [verdict.status for verdict in report.verdicts if verdict.check.id == "C-092"] == [
        status
    ]


@pytest.mark.docker
@pytest.mark.parametrize("image", ["xgboost", "preprocessor"])
def test_our_images_keep_what_only_docker_can_look_at(image: str, tmp_path: Path) -> None:
    report = examine(subject(image, tmp_path), select_engine("docker"), select_checks(ON_DOCKER))
    assert [
        v for v in report.verdicts if v.status in {CheckStatus.FAILED, CheckStatus.BLOCKED}
    ] == []
    assert ids(report, CheckStatus.PASSED) == ON_DOCKER


@pytest.mark.docker
def test_our_images_stand_in_a_row_on_docker(tmp_path: Path) -> None:
    report = examine(pair(tmp_path), select_engine("docker"), select_checks(PIPELINE))
    assert [(v.check.id, v.detail) for v in report.verdicts if v.status != "passed"] == []
