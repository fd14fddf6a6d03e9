"""The `/opt/ml` tree of a container.

Source: Developer Guide, 'How Amazon SageMaker AI Provides Training Information'.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.limits import MAX_FAILURE_TEXT


@dataclass(frozen=True)
class OptMlTree:
    """A container's `/opt/ml`, as a directory of this machine."""

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

    @property
    def processing(self) -> Path:
        """The inputs and outputs of a processing job."""
        return self.root / "processing"

    @property
    def job_config(self) -> Path:
        """A processing job's configuration files."""
        return self.root / "config"

    def make_for_processing(self) -> None:
        """Make the directories a processing container finds."""
        for path in (self.processing, self.job_config, self.output):
            path.mkdir(parents=True)

    def read_message(self) -> str:
        """Return the first 1024 bytes of `output/message` as text, "" without the file.

        Raises UserError when it is not UTF-8.
        """
        path = self.output / "message"
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open("rb") as text:
            content = text.read(MAX_FAILURE_TEXT)
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(content)
        except UnicodeDecodeError as error:
            raise UserError("/opt/ml/output/message is not UTF-8", "write text there") from error

    def make_for_training(self) -> None:
        """Make the directories a training container finds."""
        for path in (self.config, self.data, self.model, self.output_data):
            path.mkdir(parents=True)

    def read_failure(self) -> str:
        """Return the first 1024 characters of `output/failure`, "" without the file."""
        path = self.output / "failure"
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open(encoding="utf-8", errors="replace") as text:
            return text.read(MAX_FAILURE_TEXT)
