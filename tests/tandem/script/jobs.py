"""Script-mode jobs, run through the very program of an image, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = (
    "import sys; from preprocessor.algorithm import ALGORITHM; from tandem.cli import run;"
    " sys.exit(run(ALGORITHM, sys.argv[1:]))"
)


@dataclass(frozen=True)
class Ended:
    """How the job ended, what it printed and what it left in the failure file."""

    code: int
    text: str
    failure: str


@contextmanager
def restore_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a script be loaded in this process; the modules are afterwards those of before."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    modules = dict(sys.modules)
    yield
    sys.modules.clear()
    sys.modules.update(modules)
    vars(sys.modules.get("__main__", sys)).pop("__getattr__", None)


class Tree:
    """A folder that stands for /opt/ml."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in ("input/config", "input/data/train", "model", "output"):
            (root / part).mkdir(parents=True)

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def configure(self, channels: Mapping[str, Any] | None = None, **texts: str) -> None:
        """Write the job's files; `texts` are hyperparameters, underscores and all."""
        hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
        self.write("input/config/hyperparameters.json", json.dumps(texts))
        inputs = {"train": {}} if channels is None else channels
        self.write("input/config/inputdataconfig.json", json.dumps(inputs))
        self.write("input/config/resourceconfig.json", json.dumps(hosts))

    def start(self, word: str = "train", **environment: str) -> subprocess.Popen[str]:
        """Start the image's program."""
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, word],
            env={"SAGEMAKER_BASE_DIR": str(self.root), "PATH": "/usr/bin:/bin", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, word: str = "train", **environment: str) -> Ended:
        """Run the image's program to its end."""
        with self.start(word, **environment) as process:
            text, _ = process.communicate(timeout=60)
            failure = self.root / "output" / "failure"
            return Ended(process.returncode, text, failure.read_text() if failure.exists() else "")


def prepare_job(root: Path, script: str, **texts: str) -> Tree:
    """Give the tree of a job whose `code` channel holds `script` as train.py."""
    tree = Tree(root / "ml")
    tree.write("input/data/code/train.py", script)
    tree.configure({"train": {}, "code": {}}, sagemaker_program="train.py", **texts)
    return tree
