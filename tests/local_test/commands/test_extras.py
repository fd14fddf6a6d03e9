"""A command whose packages are not installed names the extra that brings them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ABSENT = ("boto3", "botocore", "cryptography", "moto", "nbclient", "nbformat", "numpy", "optuna")
RUN = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))
from local_test.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "automl rows.csv --target y --output out",
            "error: automl needs the package numpy; "
            "install the extra `automl`: pip install 'tandem-local[automl]'\n",
        ),
        (
            "notebook a.ipynb",
            "error: `notebook` needs the package nbformat; "
            "install the extra `notebook`: pip install 'tandem-local[notebook]'\n",
        ),
        (
            "run -- true",
            "error: the AWS proxy needs the package cryptography; "
            "install the extra `service`: pip install 'tandem-local[service]'\n",
        ),
        (
            "up --port 0 --state state",
            "error: the service needs the package moto; "
            "install the extra `service`: pip install 'tandem-local[service]'\n",
        ),
    ],
)
def test_the_sentence_names_package_and_extra(
    arguments: str, sentence: str, tmp_path: Path
) -> None:
    done = run(tmp_path, *arguments.split())
    assert (done.returncode, done.stderr) == (1, sentence)
    assert list(tmp_path.iterdir()) == []


def test_help_and_doctor_need_no_extra(tmp_path: Path) -> None:
    assert "completion" in run(tmp_path, "--help").stdout
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "pip install 'tandem-local[service]'" in done.stdout
