"""`doctor` on this machine, and each of its checks where something is wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local_test import environment_checks
from local_test.cli import main
from local_test.environment_checks import CheckResult, Surroundings, check_environment
from local_test.release import read_version
from tests.local_test.answers import read_answer

PROXY = "http://proxy.test:1"


def find(state: Path, port: int = 1, **variables: str) -> dict[str, tuple[CheckResult, str, str]]:
    found = check_environment(Surroundings(state, port, variables))
    return {one.name: (one.result, one.detail, one.remedy) for one in found}


def test_a_machine_that_lacks_nothing_exits_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--state", str(tmp_path / "a/b"), "--port", "1", "--json"]) == 0
    found = {one["name"]: one["result"] for one in read_answer("doctor", capsys.readouterr().out)}
    assert {found[name] for name in ("version", "packages", "state", "port")} == {"ok"}


def test_without_docker_the_programs_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/closed.sock")
    found = find(tmp_path)
    assert found["docker"][0] is CheckResult.WARNING
    assert found["docker"][1] == f"Docker is not running at unix://{tmp_path}/closed.sock"
    assert found["programs"][0] is CheckResult.OK


def test_a_state_that_cannot_be_written_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["doctor", "--state", str(tmp_path / "file")]) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    place = next(number for number, line in enumerate(lines) if line[:2] == ["problem", "state"])
    assert lines[place + 1] == ["->", "choose", "another", "directory", "with", "--state"]


def test_a_port_in_use_and_a_proxy_in_between_are_warnings(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = find(tmp_path, port, HTTPS_PROXY=PROXY)
    assert found["port"][:2] == (CheckResult.WARNING, f"127.0.0.1:{port} is in use")
    assert found["proxy"][:2] == (
        CheckResult.WARNING,
        "HTTPS_PROXY would take requests to 127.0.0.1",
    )
    assert (
        find(tmp_path, HTTPS_PROXY=PROXY, no_proxy="x.test, localhost")["proxy"][0]
        is CheckResult.OK
    )


def install(folder: Path, name: str, version: str, *requirements: str) -> None:
    """Put the metadata of a distribution where Python finds it first."""
    target = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    target.mkdir()
    lines = [f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {text}" for text in requirements]
    (target / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))


def test_packages_are_compared_with_what_this_one_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(tmp_path)["versions"][0] is CheckResult.OK
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    install(
        site,
        "tandem-local",
        read_version(),
        'boto3>=900; extra == "service"',
        "rich",
        "redis>=99; extra == 'redis'",
    )
    install(site, "tandem-xgboost", "0.0.9")
    found = find(tmp_path)
    assert found["packages"][0] is CheckResult.PROBLEM
    assert found["packages"][1].startswith("unsuitable packages: boto3 1.")
    assert found["packages"][1].endswith(" (needs >=900)")
    assert found["packages"][2] == "pip install --upgrade 'tandem-local[service]'"
    assert found["versions"][:2] == (
        CheckResult.WARNING,
        f"tandem-xgboost 0.0.9 beside tandem-local {read_version()}",
    )
    (site / f"tandem_local-{read_version()}.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: tandem-local\nVersion: 1\nRequires-Dist: package-of-nobody\n"
    )
    assert find(tmp_path)["packages"][:2] == (
        CheckResult.PROBLEM,
        "missing packages: package-of-nobody",
    )


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_images_of_another_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(tmp_path)["images"][0] is CheckResult.OK
    monkeypatch.setattr(environment_checks, "read_version", lambda: "9.9.9")
    result, detail, remedy = find(tmp_path)["images"]
    assert result is CheckResult.WARNING
    assert detail.startswith(f"images of another version than 9.9.9: analyzer {read_version()}, ")
    assert remedy == "local-sagemaker images --again"
