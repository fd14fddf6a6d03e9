"""The program `tandem-python` in the place of a container's first process."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "script_runner", *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_any_command_takes_its_place() -> None:
    ended = run("sh", "-c", "echo $0 $1; exit 7", "a", "train")
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "a train\n", "")


@pytest.mark.parametrize(
    ("program", "code", "reason"),
    [("no-such-program", 127, "there is no such program"), ("/", 126, "Permission denied")],
)
def test_what_cannot_be_run_is_one_sentence(program: str, code: int, reason: str) -> None:
    ended = run(program, "word")
    assert ended.returncode == code
    sentence = f"tandem-python: {program}: {reason}. Give a program and its arguments.\n"
    assert ended.stderr == sentence


def test_it_has_no_server(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "script_runner", "serve"],
        env={"SAGEMAKER_BASE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "UserError: the image python runs jobs and has no server. "
        "Serve the model with the image preprocessor or xgboost.\n"
    )
