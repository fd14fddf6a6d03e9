"""The wheels of `make dist`, built from the source archive, work in an environment of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_test.scaffolding.kinds import NAMES, TEMPLATES
from scripts.checkout.project import read_version
from scripts.checkout.shell import ROOT

VERSION = read_version()
PACKAGES = ("analyzer", "compat", "local", "preprocessor", "python", "runtime", "xgboost")
# Label first: a step at 3.
ROWS = "".join(f"{int(x > 3)},{x}\n" for x in (0, 1, 2, 3, 4, 5, 6, 7) * 4)


@dataclass(frozen=True)
class Installation:
    """A Python that has the wheels, and a folder outside the checkout to work in."""

    programs: Path
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.defpath,
            "HOME": str(self.folder),
            "DOCKER_HOST": f"unix://{self.folder}/closed.sock",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            [self.programs / "local-sagemaker", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    @contextmanager
    def serve(self, *arguments: str) -> Iterator[str]:
        """Start a command that serves; give the URL that it prints."""
        process = self.start(*arguments)
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield found[0]
                    break
            else:
                pytest.fail(f"ended: {''.join(lines)}")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Build the wheels from the source archive, unpacked."""
    folder = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(folder / f"tandem_local-{VERSION}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    subprocess.run(
        [sys.executable, "-m", "scripts.release.wheels", "--output", str(folder / "dist")],
        cwd=folder / f"tandem_local-{VERSION}",
        check=True,
        capture_output=True,
    )
    return sorted((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Install the wheels into a fresh environment, which finds other packages in this one."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    offline = ["--quiet", "--no-index", "--no-deps", "--no-compile"]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *offline]
    subprocess.run([*command, *map(str, wheels)], check=True)
    (site,) = (folder / "venv/lib").glob("python3.*/site-packages")
    (site / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / "work").mkdir()
    return Installation(python.parent, folder / "work")


def test_each_package_has_a_wheel_for_any_python_3(wheels: list[Path]) -> None:
    names = [path.name.split("-") for path in wheels]
    assert [parts[0] for parts in names] == [f"tandem_{package}" for package in PACKAGES]
    assert {(parts[1], *parts[2:4]) for parts in names} == {(VERSION, "py3", "none")}


def test_the_command_and_the_programs_are_those_of_the_wheels(installed: Installation) -> None:
    assert installed.run("--version") == f"local-sagemaker {VERSION}\n"
    found = {one["name"]: one["result"] for one in json.loads(installed.run("doctor", "--json"))}
    assert (found["packages"], found["programs"]) == ("ok", "ok")
    where = "import local_test, tandem, booster; print(local_test.__file__, booster.__file__)"
    python = installed.programs / "python"
    shown = subprocess.run(
        [python, "-c", where], cwd=installed.folder, capture_output=True, text=True, check=True
    )
    assert all(str(installed.programs.parent) in path for path in shown.stdout.split())


def test_a_project_has_all_its_files(installed: Installation) -> None:
    written = json.loads(installed.run("init", *NAMES, "--output", "project", "--json"))
    assert len(written["files"]) == len(list(TEMPLATES.rglob("*.template")))


def test_a_model_is_trained_and_served(installed: Installation) -> None:
    (installed.folder / "rows.csv").write_text(ROWS)
    installed.run(
        *("train", "--image", "xgboost", "--channel", "train=rows.csv;content-type=text/csv"),
        *("--hyperparameter", "num_round=20", "--hyperparameter", "objective=binary:logistic"),
        *("--output", "model"),
    )
    model = ("--model", "model/model.tar.gz", "--port", "0")
    with installed.serve("serve", "--image", "xgboost", *model) as url:
        request = ("--url", url, "--content-type", "text/csv", "--data")
        scores = [float(installed.run("invoke", *request, number)) for number in ("1", "6")]
    assert scores[0] < 0.5 < scores[1]


def test_the_service_starts_with_its_console(installed: Installation) -> None:
    with installed.serve("up", "--port", "0") as url:
        with urllib.request.urlopen(f"{url}/console", timeout=60) as page:
            assert "SageMaker" in page.read().decode()
        with urllib.request.urlopen(f"{url}/_health", timeout=60) as health:
            assert json.load(health)["status"] == "ready"
        for asset in ("runs.js", "echarts.min.js"):
            with urllib.request.urlopen(f"{url}/console/assets/{asset}", timeout=60) as script:
                assert script.headers["Content-Type"].startswith("text/javascript")


def test_the_wheel_has_the_entry_point_of_the_pytest_plugin(installed: Installation) -> None:
    """The environment of the tests has one too: only that of the wheel counts."""
    show = (
        "from importlib.metadata import distribution as d; found = d('tandem-local');"
        "print(found.locate_file('')); print([e.load().__name__ for e in found.entry_points"
        " if e.group == 'pytest11'])"
    )
    python = installed.programs / "python"
    shown = subprocess.run(
        [python, "-c", show], cwd=installed.folder, capture_output=True, text=True, check=True
    )
    folder, plugins = shown.stdout.splitlines()
    assert folder.startswith(str(installed.programs.parent))
    assert plugins == "['local_test.pytest_plugin.plugin']"
