"""Several hosts as programs of this machine, each under an address of its own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar


class Host:
    """One host's program and its tree; `image` is its image's short name."""

    image: ClassVar[str]

    def __init__(self, root: Path, name: str, hosts: list[str], asked: Mapping[str, str]) -> None:
        self.root, self.name, self.hosts, self.asked = root / name, name, hosts, asked
        self.program = [str(Path(sys.executable).with_name(f"tandem-{self.image}")), "train"]
        self.data = self.root / "input" / "data"
        (self.root / "input" / "config").mkdir(parents=True)
        (self.data / "train").mkdir(parents=True)

    def build_config(self) -> dict[str, object]:
        """Give what the platform writes in `input/config`, by the files' names."""
        return {
            "hyperparameters": dict(self.asked),
            "inputdataconfig": {"train": {}},
            "resourceconfig": {"current_host": self.name, "hosts": self.hosts},
        }

    def start(self) -> None:
        for name, content in self.build_config().items():
            text = json.dumps(content)
            (self.root / "input" / "config" / f"{name}.json").write_text(text)
        with (self.root / "log").open("w") as log:
            self.process = subprocess.Popen(
                self.program,
                env={"SAGEMAKER_BASE_DIR": str(self.root), "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def end(self, seconds: float = 120) -> int:
        return self.process.wait(seconds)

    def wait_for(self, mark: str) -> None:
        """Wait until the log has a mark."""
        began = time.monotonic()
        while mark not in self.log and time.monotonic() - began < 60:
            time.sleep(0.05)
        assert mark in self.log

    @property
    def log(self) -> str:
        return (self.root / "log").read_text()

    @property
    def failure(self) -> str:
        return (self.root / "output" / "failure").read_text()

    def load_model(self) -> dict[str, bytes]:
        folder = self.root / "model"
        return {path.name: path.read_bytes() for path in folder.iterdir()}


Kind = TypeVar("Kind", bound=Host)


def build_cluster(kind: type[Kind], root: Path, count: int, asked: Mapping[str, str]) -> list[Kind]:
    # Tests at the same time listen on the same ports: each has addresses of its own.
    block = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
    names = [f"{block}.{number}" for number in range(1, count + 1)]
    return [kind(root, name, names, asked) for name in names]


def run_hosts(hosts: Sequence[Host]) -> list[int]:
    for host in hosts:
        host.start()
    return [host.end() for host in hosts]
