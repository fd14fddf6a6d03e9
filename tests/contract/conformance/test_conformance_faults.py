"""Every check of `conform` can fail: a small image that is honest, and one with each fault."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local_test import settings
from local_test.conformance import reports
from local_test.conformance.check import CheckStatus
from local_test.conformance.checks import health, hosts, image, job
from local_test.conformance.harness import container_stop, serving_container
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.sample_data import NUMBERS
from local_test.conformance.registry import CHECKS
from local_test.conformance.runner import ConformanceReport, examine, select_checks
from local_test.engines import select_engine
from local_test.engines.docker_engine.client import connect
from local_test.errors import UserError
from local_test.platform.metrics import parse_metric_definition
from tests.local_test.standins import BIND, MULTI, find_base_image, list_required

BROKEN = Path(__file__).parent / "broken"
WRAPPER = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(BROKEN)!r})
import image
image.main()
"""
ONLY_IMAGES = {f"C-00{number}" for number in (1, 3, 4, 5, 6, 7)}
ONLY_DOCKER = {*ONLY_IMAGES, "C-041", "C-061", "C-071"}
PIPELINE = [f"C-0{number}" for number in range(63, 72)]
IDS = [check.id for check in CHECKS]
RECIPE = {
    "entrypoint": 'ENTRYPOINT ["python3", "-B", "-u", "/program/image.py"]',
    "command": 'CMD ["train"]',
    "labels": f"LABEL {BIND}=true {MULTI}=true",
    "more": "",
}
FAULTS = {
    "C-001": {"entrypoint": "ENTRYPOINT python3 -B -u /program/image.py $0"},
    "C-003": {"command": "CMD []"},
    "C-004": {"labels": f"LABEL {MULTI}=true"},
    "C-071": {"labels": f"LABEL {MULTI}=true"},
    "C-005": {"more": "COPY image.py /opt/ml/code/image.py"},
}


def subject(program: str, folder: Path) -> ImageUnderTest:
    return ImageUnderTest(
        program,
        NUMBERS.write(folder),
        NUMBERS.request.encode(),
        hyperparameters={"rounds": "3"},
        invalid_hyperparameters={"rounds": "many"},
        long_hyperparameters={"rounds": "1000000", "pace": "0.2"},
        resume_hyperparameters={"rounds": "40", "pace": "0.05"},
        code_switch={"ALLOW_ARCHIVE_CODE": "false"},
        metrics=[parse_metric_definition(r"train:rmse=(?:#011|\t)train-rmse:(\S+)")],
    )


def pair(program: str, folder: Path) -> ImageUnderTest:
    """The same image twice in a row: it makes features, and then scores them."""
    scoring = ImageUnderTest(program, {}, b"", hyperparameters={"rounds": "3"})
    given = {"rounds": "3", "features": "1"}
    return replace(subject(program, folder), hyperparameters=given, next_image=scoring)


def fitting(fault: str, program: str, folder: Path) -> ImageUnderTest:
    return (pair if fault in PIPELINE else subject)(program, folder)


def installed(folder: Path, fault: str) -> str:
    program = folder / f"small-{fault}"
    program.write_text(WRAPPER)
    program.chmod(0o755)
    return str(program)


def bad(report: ConformanceReport) -> list[tuple[str, str]]:
    found = {CheckStatus.FAILED, CheckStatus.BLOCKED}
    return [(v.check.id, v.detail) for v in report.verdicts if v.status in found]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for what a broken image never does."""
    monkeypatch.setattr(health, "_REPLACED_SECONDS", 4.0)
    monkeypatch.setattr(image, "_LINE_SECONDS", 4.0)
    monkeypatch.setattr(job, "_SECONDS", 8.0)
    monkeypatch.setattr(hosts, "_LATE_SECONDS", 5.0)
    monkeypatch.setattr(serving_container, "WINDOW_SECONDS", 8.0)


def test_the_honest_image_conforms(tmp_path: Path) -> None:
    report = examine(subject(installed(tmp_path, "honest"), tmp_path), select_engine("process"))
    assert bad(report) == []
    missing = {v.check.id for v in report.verdicts if v.status is CheckStatus.NOT_APPLICABLE}
    assert missing == {*ONLY_IMAGES, *PIPELINE, "C-057"}


def test_the_honest_image_twice_in_a_row_conforms(tmp_path: Path) -> None:
    honest = pair(installed(tmp_path, "honest"), tmp_path)
    report = examine(honest, select_engine("process"), select_checks(["C-062", *PIPELINE]))
    told = [(v.check.id, v.status, v.detail) for v in report.verdicts if v.status != "passed"]
    unlabelled = "a program on the engine `process` has no labels"
    assert told == [("C-071", "not applicable", unlabelled)]


@pytest.mark.parametrize("fault", [number for number in IDS if number not in ONLY_DOCKER])
def test_an_image_with_a_fault_fails_the_check_for_it(fault: str, tmp_path: Path) -> None:
    broken = fitting(fault, installed(tmp_path, fault), tmp_path)
    (verdict,) = examine(broken, select_engine("process"), select_checks([fault])).verdicts
    assert (verdict.status, bool(verdict.detail)) == (CheckStatus.FAILED, True), verdict.detail


def test_an_image_that_ignores_sigterm_is_waited_for_once_and_killed_at_once_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(container_stop, "HOSTING_GRACE_SECONDS", 1.0)
    heard = tmp_path / "heard"
    deaf = replace(
        subject(installed(tmp_path, "C-956"), tmp_path), environment={"HEARD": str(heard)}
    )
    checks = select_checks(["C-046", "C-056", "C-058", "C-091"])
    verdicts = examine(deaf, select_engine("process"), checks).verdicts
    failed = {v.check.id: v.status for v in verdicts if v.status is not CheckStatus.PASSED}
    assert failed == {"C-056": CheckStatus.FAILED, "C-091": CheckStatus.BLOCKED}
    # The container of C-046 proves it, and C-056 waits for its own.
    assert heard.read_text().split() == ["SIGTERM"] * 2
    assert capsys.readouterr().out.count("killed at once") == 1


def test_the_reports_name_what_failed(tmp_path: Path) -> None:
    broken = subject(installed(tmp_path, "C-002"), tmp_path)
    report = examine(broken, select_engine("process"), select_checks(["C-002"]))
    case = ET.fromstring(reports.to_junit(report)).find("testcase/failure")  # noqa: S314 - our own
    assert case is not None
    assert case.get("message") == "the word no-such-command ended with exit code 0"
    told = json.loads(reports.to_json(report))
    assert (told["conforms"], told["checks"][0]["status"]) == (False, "failed")


def test_a_pattern_that_fits_no_check_is_refused() -> None:
    with pytest.raises(UserError, match="no check has an id like 'C-9x'"):
        select_checks(["C-9x"])


@pytest.fixture(scope="module")
def base() -> str:
    found, missing = find_base_image()
    if found is None:
        (pytest.fail if list_required() else pytest.skip)(f"{missing}: see CONTRIBUTING")
    return found


def build(base: str, fault: str) -> str:
    lines = {**RECIPE, **FAULTS.get(fault, {})}
    recipe = [f"FROM {base}", "COPY image.py server.py /program/", f"ENV FAULT={fault}"]
    packed, tag = io.BytesIO(), f"tandem-small-{fault.lower()}"
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in (BROKEN / "image.py", BROKEN / "server.py"):
            tar.add(path, path.name)
        text = "\n".join([*recipe, *lines.values()]).encode()
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    packed.seek(0)
    with connect(settings.read_settings()) as client:
        client.images.build(fileobj=packed, custom_context=True, tag=tag, rm=True, forcerm=True)
    return f"{tag}:latest"


@pytest.mark.docker
def test_the_honest_image_conforms_on_docker(base: str, tmp_path: Path) -> None:
    honest = pair(build(base, "honest"), tmp_path)
    looked = [*sorted(ONLY_DOCKER), "C-037", "C-062", "C-063", "C-069"]
    report = examine(honest, select_engine("docker"), select_checks(looked))
    assert [(v.check.id, v.status, v.detail) for v in report.verdicts if v.status != "passed"] == []


@pytest.mark.docker
@pytest.mark.parametrize("fault", sorted(ONLY_DOCKER))
def test_a_docker_image_with_a_fault_fails_the_check_for_it(
    fault: str, base: str, tmp_path: Path
) -> None:
    broken = fitting(fault, build(base, fault), tmp_path)
    (verdict,) = examine(broken, select_engine("docker"), select_checks([fault])).verdicts
    assert (verdict.status, bool(verdict.detail)) == (CheckStatus.FAILED, True), verdict.detail
