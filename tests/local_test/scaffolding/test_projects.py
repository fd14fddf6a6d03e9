"""`init` writes projects whose commands run as written."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
import yaml

from local_test.cli import main
from local_test.scaffolding.kinds import KINDS, TEMPLATES
from tests.local_test.answers import read_answer
from tests.local_test.terminals import Terminal
from tests.scripts.pushing import find_free_port

IMAGE = "scaffold-story"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ADDRESS = "http://127.0.0.1:8080"


class Shell:
    """A shell in a project, in which `serve` listens at a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = find_free_port()
        self.variables = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "LOCAL_SAGEMAKER_SERVE_PORT": str(self.port),
            "LOCAL_SAGEMAKER_CONFORM_ONLY": "C-04[05]",  # all checks take a minute
            "LOCAL_SAGEMAKER_RUN_URL": "http://127.0.0.1:0",
        }

    def start(self, command: str) -> subprocess.Popen[str]:
        command = command.replace(_ADDRESS, f"http://127.0.0.1:{self.port}")
        return subprocess.Popen(
            ["bash", "-e", "-c", command if "\n" in command else f"exec {command}"],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, command: str) -> str:
        with self.start(command) as process:
            out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, (command, out)
        return out

    @contextmanager
    def serving(self, command: str) -> Iterator[None]:
        with self.start(command) as process:
            try:
                yield
            finally:
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=60)
        assert process.returncode == 130, out


def read_blocks(readme: Path) -> list[list[str]]:
    """Give the commands of each block."""
    return [block.splitlines() for block in _BLOCK.findall(readme.read_text())]


def test_an_image_is_checked_trained_and_served_as_a_program(tmp_path: Path) -> None:
    assert main(["init", "image", "--name", IMAGE, "--output", str(tmp_path)]) == 0
    shell = Shell(tmp_path)
    _, [invoke], [conform, train, serve] = read_blocks(tmp_path / "image/README.md")
    assert "conforms: 2 passed" in shell.type(conform)
    assert "train:rmse = 0.1" in shell.type(train)
    with shell.serving(serve):
        assert float(shell.type(invoke)) == pytest.approx(13, abs=0.2)


def test_a_recipe_is_fitted_and_served(tmp_path: Path) -> None:
    assert main(["init", "recipe", "--output", str(tmp_path)]) == 0
    shell = Shell(tmp_path)
    shell.variables["LOCAL_SAGEMAKER_ENGINE"] = "process"
    [train, report, serve], [invoke] = read_blocks(tmp_path / "recipe/README.md")
    shell.type(train)
    assert shell.type(report) == f"{tmp_path}/build/recipe/report.html\n"
    with shell.serving(serve):
        assert len(shell.type(invoke).splitlines()) == 1


def test_a_pipeline_runs_twice(tmp_path: Path) -> None:
    assert main(["init", "pipeline", "--name", "scaffolded", "--output", str(tmp_path)]) == 0
    shell = Shell(tmp_path)
    shell.variables["LOCAL_SAGEMAKER_ENGINE"] = "process"
    [[run]] = read_blocks(tmp_path / "pipeline/README.md")
    for _ in range(2):
        assert shell.type(run).splitlines()[-3:] == [
            "Train: Succeeded",
            "CreateModel: Succeeded",
            "scaffolded: Succeeded",
        ]


@pytest.mark.docker
def test_the_workflow_builds_checks_and_trains_the_image_that_is_served(
    tmp_path: Path, docker_client: docker.DockerClient
) -> None:
    assert main(["init", "image", "ci", "--name", IMAGE, "--output", str(tmp_path)]) == 0
    workflow = yaml.safe_load((tmp_path / ".github/workflows/local-sagemaker.yml").read_text())
    steps = {
        step.get("name"): step["run"]
        for step in workflow["jobs"]["image"]["steps"]
        if "run" in step
    }
    assert steps.pop("Install").startswith("pip install 'tandem-local[")
    shell = Shell(tmp_path)
    [*commands, serve], [invoke], _ = read_blocks(tmp_path / "image/README.md")
    typed = "\n".join(step.strip() for step in steps.values())
    assert re.sub(" --engine docker| --junit conform.xml", "", typed).splitlines() == commands
    try:
        for command in steps.values():
            shell.type(command)
        assert (tmp_path / "conform.xml").exists()
        with shell.serving(serve):
            assert float(shell.type(invoke)) == pytest.approx(13, abs=0.2)
    finally:
        docker_client.images.remove(f"tandem-{IMAGE}:latest", force=True)


def test_nothing_is_written_where_a_file_exists_unless_it_is_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "image").mkdir()
    dockerfile = tmp_path / "image/Dockerfile"
    dockerfile.write_text("mine")
    arguments = ["init", "image", "recipe", "--output", str(tmp_path), "--json"]
    assert main(arguments) == 1
    assert f"error: file exists: {dockerfile}; choose another --output" in capsys.readouterr().err
    assert (dockerfile.read_text(), len(list(tmp_path.rglob("*")))) == ("mine", 2)
    assert main([*arguments, "--force"]) == 0
    answer = read_answer("init", capsys.readouterr().out)
    assert all(Path(path).is_file() for path in [*answer["files"], *answer["entries"].values()])
    assert dockerfile.read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "no kind is given; write `local-sagemaker init KIND ...` with image, recipe"),
        ("ci --output OUT", "ci needs image: no folder OUT/image; write both"),
        ("image --name My_Model", "invalid name: 'My_Model'; use up to 40 small letters"),
    ],
)
def test_what_cannot_be_written_is_refused(
    arguments: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("image\n"))
    assert main(["init", *arguments.split()]) == 1
    assert f"error: {sentence}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_asked_for_the_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for typed, code in (("recipe, pipeline\n", 0), ("recip\n", 1), ("\n", 1)):
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        with monkeypatch.context() as context:
            screen = Terminal()
            context.setattr(sys, "stderr", screen)
            assert main(["init", "--force"]) == code
            assert "Which ones? (separated by spaces) " in screen.getvalue()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline", "recipe"]


def test_each_kind_has_its_entry_among_its_templates() -> None:
    for kind in KINDS:
        root = TEMPLATES / kind.name / ("dot-github" if kind.folder == ".github" else "")
        assert (root / f"{kind.entry}.template").is_file()
