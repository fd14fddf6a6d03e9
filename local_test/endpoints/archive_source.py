"""Sources of a multi-model endpoint's archives: a folder of this machine, or another store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_test.errors import UserError


class ArchiveSource(Protocol):
    """Protocol of a source that finds archives by their path; thread-safe."""

    def __str__(self) -> str:
        """Return the location of the archives, for messages."""

    def find(self, target: str, aside: Path) -> Path | None:
        """Return an archive, None if it does not exist; copies go to the folder `aside`."""


@dataclass(frozen=True)
class FolderSource:
    """The archives of a folder, which may change at any time."""

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
        """Return an archive, None if it does not exist."""
        archive = self.folder / target
        return archive if archive.is_file() else None
