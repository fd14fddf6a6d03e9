"""The tutorials, typed as a reader types them, and their programs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from tests import blocks
from tests.scripts.pushing import find_free_port

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "tutorials"


def type_page(name: str, folder: Path, engine: str) -> str:
    """Type a tutorial's commands in an empty folder, and return what they print."""
    script = blocks.write_script(PAGES / name).replace("8080 ", f"{find_free_port()} ")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=os.environ
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        | {"LOCAL_SAGEMAKER_ENGINE": engine},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def find_numbers(shown: str) -> list[float]:
    return [float(line) for line in re.findall(r"(?m)^(\d+\.\d+)$", shown)]


def test_a_model_is_trained_and_served_on_the_command_line(tmp_path: Path) -> None:
    shown = type_page("first-model.md", tmp_path, "process")
    adult, other = find_numbers(shown)
    assert adult == pytest.approx(12, abs=4)
    assert other == pytest.approx(10, abs=3)
    assert f"{tmp_path / 'first-model/build/transform/report.html'}\n" in shown


@pytest.mark.docker
def test_an_own_image_is_built_trained_and_served(
    docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    try:
        shown = type_page("own-image.md", tmp_path, "docker")
    finally:
        docker_client.images.remove("own-image:latest", force=True)
    assert "fitted 50 rows" in shown
    assert find_numbers(shown) == [pytest.approx(37, abs=0.1)]


@pytest.mark.parametrize(
    ("page", "program"),
    [
        ("serial-pipeline.md", "examples/sdk_quickstart.py"),
        ("monitored-endpoint.md", "examples/monitored_endpoint.py"),
    ],
)
def test_a_tutorial_quotes_all_of_its_program(page: str, program: str) -> None:
    """Another test runs the program."""
    text = (ROOT / program).read_text(encoding="utf-8")
    documented = ast.get_docstring(ast.parse(text), clean=False) or ""
    code = text.replace(f'"""{documented}"""', "", 1)
    quoted = "".join(b.text for b in blocks.read_blocks(PAGES / page) if b.language == "python")
    assert [line for line in quoted.splitlines() if line] == [
        line for line in code.splitlines() if line
    ]
