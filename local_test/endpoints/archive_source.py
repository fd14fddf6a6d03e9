"""Where a multi-model endpoint's archives come from: a folder of this machine, or anywhere else."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_test.errors import UserError


class ArchiveSource(Protocol):
    """Archives by their path in it; threads share it."""

    def __str__(self) -> str:
        """Name the place where archives are put."""

    def find(self, target: str, aside: Path) -> Path | None:
        """Return an archive, None where there is none; `aside` is a folder for copies."""


@dataclass(frozen=True)
class FolderSource:
    """The archives of a folder, looked for at each request."""

    folder: Path

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise UserError(
                f"there is no folder {self.folder}",
                "give the folder that holds the archives of a multi-model endpoint",
            )

    def __str__(self) -> str:
        return str(self.folder)

    def find(self, target: str, _aside: Path) -> Path | None:
        """Return an archive, None where there is none."""
        archive = self.folder / target
        return archive if archive.is_file() else None
