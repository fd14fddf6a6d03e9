"""The `/opt/ml` tree a container sees.

Source: Developer Guide, 'How Amazon SageMaker AI Provides Training Information'.
"""

from dataclasses import dataclass
from pathlib import Path

from local_test.platform.limits import MAX_FAILURE_TEXT


@dataclass(frozen=True)
class Tree:
    """One container's `/opt/ml`, standing in a directory of this machine."""

    root: Path

    @property
    def config(self) -> Path:
        """The job's configuration files."""
        return self.root / "input" / "config"

    @property
    def data(self) -> Path:
        """One directory a channel."""
        return self.root / "input" / "data"

    @property
    def model(self) -> Path:
        """The model artifacts."""
        return self.root / "model"

    @property
    def models(self) -> Path:
        """Where a multi-model endpoint unpacks its archives."""
        return self.root / "models"

    @property
    def output(self) -> Path:
        """The failure text, and below it the output data."""
        return self.root / "output"

    @property
    def output_data(self) -> Path:
        """What becomes `output.tar.gz`."""
        return self.output / "data"

    @property
    def checkpoints(self) -> Path:
        """Where a job with checkpoints keeps them; a link to the caller's folder."""
        return self.root / "checkpoints"

    def make_for_training(self) -> None:
        """Make the directories a training container finds."""
        for path in (self.config, self.data, self.model, self.output_data):
            path.mkdir(parents=True)

    def failure(self) -> str:
        """Give the first 1024 characters of `output/failure`, or nothing where there is none."""
        path = self.output / "failure"
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open(encoding="utf-8", errors="replace") as text:
            return text.read(MAX_FAILURE_TEXT)
