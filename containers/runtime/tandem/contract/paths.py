"""The /opt/ml tree, as the platform lays it out.

(Developer Guide, "How Amazon SageMaker AI Runs Your Training Image".)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/opt/ml")


@dataclass(frozen=True)
class Paths:
    """All paths below the root that a container reads or writes."""

    root: Path

    @property
    def config(self) -> Path:
        """The folder of the job's configuration files."""
        return self.root / "input" / "config"

    @property
    def data(self) -> Path:
        """The parent of the channels' folders."""
        return self.root / "input" / "data"

    @property
    def model(self) -> Path:
        """The folder that becomes model.tar.gz after training, and is read when serving."""
        return self.root / "model"

    @property
    def code(self) -> Path:
        """The folder of a script's code, by convention of the script-mode containers."""
        return self.root / "code"

    @property
    def output_data(self) -> Path:
        """The folder that becomes output.tar.gz."""
        return self.root / "output" / "data"

    @property
    def failure(self) -> Path:
        """The file whose first 1024 characters become the job's FailureReason."""
        return self.root / "output" / "failure"

    def local(self, path: str) -> Path:
        """Return a path below /opt/ml, as the platform names it, as a path below the root."""
        named = Path(path)
        return self.root / named.relative_to(_ROOT) if named.is_relative_to(_ROOT) else named

    @property
    def checkpoints(self) -> Path:
        """The default folder of checkpoints."""
        return self.root / "checkpoints"
