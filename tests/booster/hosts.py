"""Several hosts that train one model, and rows for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests import hosts
from tests.hosts import run_hosts

ROWS = np.random.default_rng(5).integers(0, 40, size=(600, 4))
LABEL = ROWS @ np.array([1.0, -2.0, 0.5, 3.0])


class Host(hosts.Host):
    """One host of several; `kept` is the folder of checkpoints, where there is one."""

    image = "xgboost"
    kept: Path | None = None
    content_type = "text/csv"

    def write_rows(self, rows: slice, channel: str = "train") -> None:
        table = np.column_stack([LABEL[rows], ROWS[rows]])
        np.savetxt(
            self._build_channel(channel) / f"{rows.start}.csv", table, delimiter=",", fmt="%g"
        )

    def write_file(self, content: bytes, channel: str = "train", name: str = "data") -> None:
        (self._build_channel(channel) / name).write_bytes(content)

    def build_config(self) -> dict[str, object]:
        """Name the channel `validation` where any host has rows of it, and the checkpoints."""
        names = ["train"]
        if any(self.root.parent.rglob("validation/*")):
            self._build_channel("validation")
            names.append("validation")
        channels = {name: {"ContentType": self.content_type} for name in names}
        kept = {"checkpointconfig": {"LocalPath": str(self.kept)}} if self.kept else {}
        return super().build_config() | {"inputdataconfig": channels} | kept

    def _build_channel(self, name: str) -> Path:
        folder = self.data / name
        folder.mkdir(exist_ok=True)
        return folder


def build_cluster(root: Path, count: int, **asked: str) -> list[Host]:
    return hosts.build_cluster(Host, root, count, asked)


__all__ = ["LABEL", "ROWS", "Host", "build_cluster", "run_hosts"]
