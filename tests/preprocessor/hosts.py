"""Several hosts as programs of this machine, each under an address of its own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("tandem-preprocessor")


class Host:
    """One host's program and its tree."""

    def __init__(self, root: Path, name: str, hosts: list[str], asked: Mapping[str, str]) -> None:
        self.root, self.name, self.hosts, self.asked = root / name, name, hosts, asked
        (self.root / "input" / "config").mkdir(parents=True)
        self.train = self.root / "input" / "data" / "train"
        self.train.mkdir(parents=True)

    def start(self) -> None:
        config: dict[str, object] = {
            "hyperparameters": dict(self.asked),
            "inputdataconfig": {"train": {}},
            "resourceconfig": {"current_host": self.name, "hosts": self.hosts},
        }
        for name, content in config.items():
            text = json.dumps(content)
            (self.root / "input" / "config" / f"{name}.json").write_text(text)
        with (self.root / "log").open("w") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "train"],
                env={"SAGEMAKER_BASE_DIR": str(self.root), "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def end(self, seconds: float = 120) -> int:
        return self.process.wait(seconds)

    def reach(self, mark: str) -> None:
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

    def model(self) -> dict[str, bytes]:
        folder = self.root / "model"
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def cluster(root: Path, count: int, **asked: str) -> list[Host]:
    # Tests at the same time listen on the same ports: each has addresses of its own.
    block = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
    names = [f"{block}.{number}" for number in range(1, count + 1)]
    return [Host(root, name, names, asked) for name in names]


def run(hosts: list[Host]) -> list[int]:
    for host in hosts:
        host.start()
    return [host.end() for host in hosts]
