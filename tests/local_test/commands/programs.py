"""`run` and `notebook` as child processes, in a shell whose AWS settings are those of a company."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def start_command(folder: Path, url: str, verb: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a command with its temporary files, its home and its state in a folder."""
    options = ("--url", url, "--engine", "process", "--state", str(folder / "state"))
    company = {"AWS_PROFILE": "company", "HTTPS_PROXY": "http://proxy.test:1"}
    return subprocess.Popen(
        [sys.executable, "-m", "local_test", verb, *options, *arguments],
        env={**os.environ, **company, "TMPDIR": str(folder), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_command(folder: Path, url: str, verb: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command to its end; give its exit code and what it printed."""
    with start_command(folder, url, verb, *arguments) as process:
        out, err = process.communicate(timeout=120)
    assert not re.search("(?m)^Traceback", err), err
    return process.returncode, out, err
