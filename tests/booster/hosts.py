"""Several hosts as programs of this machine, each under an address of its own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROWS = np.random.default_rng(5).integers(0, 40, size=(600, 4))
LABEL = ROWS @ np.array([1.0, -2.0, 0.5, 3.0])
PROGRAM = Path(sys.executable).with_name("tandem-xgboost")


class Host:
    """One host's program and its tree; `kept` is the folder of checkpoints, where there is one."""

    kept: Path | None = None
    content_type = "text/csv"

    def __init__(self, root: Path, name: str, hosts: list[str], **hyperparameters: str) -> None:
        self.root, self.name, self.hosts = root / name, name, hosts
        self.hyperparameters = hyperparameters
        self.program = [str(PROGRAM), "train"]
        (self.root / "input" / "config").mkdir(parents=True)
        (self.root / "input" / "data" / "train").mkdir(parents=True)
        (self.root / "input" / "data" / "validation").mkdir()

    def give(self, rows: slice, channel: str = "train") -> None:
        table = np.column_stack([LABEL[rows], ROWS[rows]])
        path = self.root / "input" / "data" / channel / f"{rows.start}.csv"
        np.savetxt(path, table, delimiter=",", fmt="%g")

    def write(self, content: bytes, channel: str = "train", name: str = "data") -> None:
        (self.root / "input" / "data" / channel / name).write_bytes(content)

    def start(self) -> None:
        kind = {"ContentType": self.content_type}
        channels: dict[str, object] = {"train": kind, "validation": kind}
        config: dict[str, object] = {
            "hyperparameters": self.hyperparameters,
            "inputdataconfig": channels if any(self._validation()) else {"train": kind},
            "resourceconfig": {"current_host": self.name, "hosts": self.hosts},
        }
        if self.kept:
            config["checkpointconfig"] = {"LocalPath": str(self.kept)}
        for name, content in config.items():
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

    def reach(self, mark: str) -> None:
        began = time.monotonic()
        while mark not in self.log and time.monotonic() - began < 60:
            time.sleep(0.1)

    @property
    def log(self) -> str:
        return (self.root / "log").read_text()

    def _validation(self) -> list[Path]:
        return list(self.root.parent.rglob("validation/*"))


def cluster(root: Path, count: int, **hyperparameters: str) -> list[Host]:
    # Tests at the same time listen on the same ports: each has addresses of its own.
    block = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
    names = [f"{block}.{number}" for number in range(1, count + 1)]
    return [Host(root, name, names, **hyperparameters) for name in names]


def run(hosts: list[Host]) -> list[int]:
    for host in hosts:
        host.start()
    return [host.end() for host in hosts]
