"""The tutorials of the SageMaker SDK, on the process engine with a client that waits less."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from scripts.lock import aws_clients
from tests.clients.account import ROLE
from tests.clients.conftest import IMPATIENT

ROOT = Path(__file__).parents[2]


def run_client(folder: Path, command: str, *words: str) -> str:
    """Run a command of `local-sagemaker` with a service of its own, and return what it prints."""
    service = ["--engine", "process", "--url", "http://127.0.0.1:0", "--state", str(folder / "s")]
    done = subprocess.run(
        [sys.executable, "-m", "local_test", command, *service, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(IMPATIENT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_notebook_runs_from_the_first_to_the_last_cell(tmp_path: Path) -> None:
    python = aws_clients.prepare_client() / "python"
    executed = tmp_path / "executed.ipynb"
    words = ["examples/quickstart.ipynb", "--python", str(python), "--output", str(executed)]
    assert "6 of 6 code cells ok" in run_client(tmp_path, "notebook", *words)
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    shown = "".join("".join(o.get("text", [])) for c in cells for o in c.get("outputs", []))
    # Behind the data is rent = 90 + 20 * rooms + area + 30 in zone B.
    assert abs(int(re.findall(r"in zone B: (\d+)", shown)[0]) - 245) < 10


def test_a_pipeline_ends_in_an_endpoint_whose_drift_is_found(tmp_path: Path) -> None:
    python = aws_clients.prepare_client() / "python"
    program = [str(python), "examples/monitored_endpoint.py", ROLE, "latest"]
    shown = run_client(tmp_path, "run", "--", *program)
    assert "Train Succeeded" in shown
    assert "Register-RegisterModel Succeeded" in shown
    assert abs(float(shown.partition("prediction: ")[2].split()[0]) - 14) < 0.5
    assert "monitor: CompletedWithViolations\n" in shown
    found = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    assert ("a", "data_type_check") in {
        (one["feature_name"], one["constraint_check_type"]) for one in found
    }
