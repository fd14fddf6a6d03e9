"""A user's own code, handed to a container the way the SageMaker Python SDK hands it over.

Source: SDK `fw_utils.tar_and_upload_dir`, `estimator.Framework` (training under network isolation)
and `utils.repack_model` (hosting).
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.archives import pack
from local_test.platform.channels import Channel

CHANNEL = "code"
_ARCHIVE = "sourcedir.tar.gz"
_HOSTED = "/opt/ml/model/code"


@dataclass(frozen=True)
class SourceCode:
    """The entry point of script mode and its folder; without a folder, the file alone."""

    entry_point: str
    source_dir: Path | None = None

    def check(self) -> None:
        """Raise UserError when the entry point does not exist."""
        path = Path(self.entry_point) if self.source_dir is None else self._locate_entry_point()
        if not path.is_file():
            raise UserError(
                f"there is no entry point {path}",
                "give --entry-point as a path inside of --source-dir",
            )

    @property
    def program(self) -> str:
        """The entry point's path in the container's code folder."""
        return self.entry_point if self.source_dir is not None else Path(self.entry_point).name

    def pack_channel(self, folder: Path) -> Channel:
        """Pack the code into `folder` and return the channel with the archive."""
        code, archive = folder / CHANNEL, folder / _ARCHIVE
        self.copy(code)
        pack(code, archive)
        return Channel(CHANNEL, archive, input_mode="File")

    def to_hyperparameters(self) -> Mapping[str, str]:
        """Return the hyperparameters of a training job; the SDK writes each value as JSON."""
        archive = f"/opt/ml/input/data/{CHANNEL}/{_ARCHIVE}"
        values = {"sagemaker_program": self.program, "sagemaker_submit_directory": archive}
        return {name: json.dumps(value) for name, value in values.items()}

    def to_environment(self) -> Mapping[str, str]:
        """Return the environment variables of a hosting container."""
        return {"SAGEMAKER_PROGRAM": self.program, "SAGEMAKER_SUBMIT_DIRECTORY": _HOSTED}

    def copy(self, target: Path) -> None:
        """Copy the code to `target`, overwriting files there."""
        target.mkdir(exist_ok=True)
        if self.source_dir is None:
            shutil.copyfile(self.entry_point, target / self.program)
        else:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(self.source_dir, target, dirs_exist_ok=True, ignore=ignored)

    def _locate_entry_point(self) -> Path:
        return (self.source_dir or Path()) / self.entry_point
