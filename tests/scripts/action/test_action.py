"""The GitHub Action: each of its commands runs in bash, as a runner does it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from examples import data_packages
from scripts.checkout.project import read_version
from scripts.checkout.shell import ROOT

# A package that holds GitHub's schemas of workflows and actions.
LOCK = ROOT / "tests" / "fixtures" / "schemas" / "check_jsonschema.lock"
SCHEMAS = "check_jsonschema/builtin_schemas/vendor"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "github-action.md").read_text(encoding="utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
IMAGE = ROOT / "tests" / "contract" / "conformance" / "broken" / "image.py"
EXPRESSION = re.compile(r"\$\{\{ (\w+)\.([\w.-]+) \}\}")


def test_action_and_workflows_fit_githubs_schemas() -> None:
    names = ["github-actions", "github-workflows"]
    read = data_packages.read_members(LOCK, [f"{SCHEMAS}/{name}.json" for name in names])
    action, workflow = (jsonschema.Draft7Validator(json.loads(content)) for content in read)
    action.validate(ACTION)
    assert not action.is_valid({**ACTION, "runs": {"using": "composite"}})
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        workflow.validate(readable(yaml.safe_load(path.read_text(encoding="utf-8"))))
    workflow.validate(readable(WORKFLOW))
    assert not workflow.is_valid({"on": "push"})


def readable(workflow: dict[Any, Any]) -> dict[str, Any]:
    """YAML 1.1 reads the key `on` as true."""
    return {("on" if key is True else key): value for key, value in workflow.items()}


def test_the_action_is_pinned_to_the_version_and_documented() -> None:
    assert ACTION["inputs"]["version"]["default"] == read_version()
    steps = WORKFLOW["jobs"]["conform"]["steps"]
    [step] = [step for step in steps if step.get("id") == "conform"]
    assert step["uses"].endswith(f"@v{read_version()}")
    assert set(step["with"]) <= set(ACTION["inputs"])
    assert re.findall(r"(?m)^\| `([\w-]+)` \|", PAGE) == list(ACTION["inputs"])


class Runner:
    """What a runner gives the steps of the action, and what they leave."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder, self.temp = folder, folder / "runner temp"
        self.temp.mkdir()
        self.inputs = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        self.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
        self.output, self.summary = folder / "output", folder / "summary.md"
        self.outputs: dict[str, str] = {}

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        [step] = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
        script = self.folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        given = {key: self.resolve(value) for key, value in step["env"].items()}
        files = {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.folder,
            env={
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.folder),
                "RUNNER_TEMP": str(self.temp),
                "PIP_NO_DEPS": "1",  # the packages of the tests serve
                "PIP_NO_INDEX": "1",
                **files,
                **given,
            },
            capture_output=True,
            text=True,
        )
        if self.output.exists():
            lines = self.output.read_text(encoding="utf-8").splitlines()
            self.outputs = dict(line.split("=", 1) for line in lines)
        return done

    def resolve(self, text: str) -> str:
        """Replace the two kinds of expressions that the action has in `env`."""
        outputs = {f"conform.outputs.{key}": value for key, value in self.outputs.items()}
        known = {"inputs": self.inputs, "steps": outputs}
        return EXPRESSION.sub(lambda found: known[found[1]][found[2]], text)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


def program(folder: Path, fault: str) -> str:
    path = folder / "my image"
    path.write_text(f'#!/bin/sh\nFAULT={fault} exec "{sys.executable}" "{IMAGE}" "$@"\n')
    path.chmod(0o755)
    return "./my image"


def test_the_action_installs_checks_and_sums_up(wheel: Path, tmp_path: Path) -> None:
    image = program(tmp_path, "C-002")
    (tmp_path / "a train").mkdir()
    arguments = "--only C-002 --sample 'numbers' --skip \"C-00[!2]\""
    runner = Runner(
        tmp_path, image=image, engine="process", find_links=str(wheel), arguments=arguments
    )
    done = runner.run("Install")
    assert done.returncode == 0, done.stderr
    (site,) = (runner.temp / "local-sagemaker" / "lib").glob("python3*/site-packages")
    (site / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    done = runner.run("Check")
    assert done.returncode == 0, done.stderr
    assert (runner.outputs["conforms"], runner.outputs["code"]) == ("false", "1")
    reports = Path(runner.outputs["reports"])
    files = ["conform.json", "conform.sarif", "conform.svg", "conform.xml"]
    assert sorted(path.name for path in reports.iterdir()) == files
    assert runner.run("Summary").returncode == 0
    summary = runner.summary.read_text(encoding="utf-8")
    assert "### ./my image does not conform" in summary
    assert "| C-002 | must |" in summary
    assert runner.run("Verdict").returncode == 1


def test_a_check_that_cannot_run_fails_the_step(tmp_path: Path) -> None:
    """Here the command is that of the tests; `$(...)` in the arguments is a word and not run."""
    runner = Runner(tmp_path, image="no-such-image", engine="process")
    runner.inputs["arguments"] = "--sample $(touch made)"
    (runner.temp / "local-sagemaker").mkdir()
    (runner.temp / "local-sagemaker" / "bin").symlink_to(Path(sys.executable).parent)
    done = runner.run("Check")
    assert done.returncode == 2
    assert not (tmp_path / "made").exists()
    assert runner.outputs == {}
