"""A folder of this machine that S3 follows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local_test.service.storage.s3 import S3Storage, S3Uri

_PAUSE_SECONDS = 0.5
_IGNORED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")


@dataclass
class S3Mirror:
    """What of a folder is in S3 already; threads must not share it.

    An `exact` one follows links and removes in S3 what was removed in the folder.
    """

    storage: S3Storage
    prefix: S3Uri
    folder: Path
    exact: bool = True
    uploaded: dict[str, tuple[int, int]] = field(default_factory=dict)

    def list_files(self) -> dict[str, tuple[int, int]]:
        """Return the folder's files by their paths in it, with time and size."""
        files = {}
        for path in sorted(self.folder.rglob("*")):
            with suppress(FileNotFoundError):  # renamed meanwhile
                state = path.stat()
                is_included = path.is_file() and (self.exact or not path.is_symlink())
                if is_included and not path.name.endswith(_IGNORED):
                    relative = path.relative_to(self.folder).as_posix()
                    files[relative] = (state.st_mtime_ns, state.st_size)
        return files

    def update(self) -> None:
        """Put into S3 what is new or has changed; what S3 refuses is a UserError."""
        files = self.list_files()
        for name in sorted(name for name in files if self.uploaded.get(name) != files[name]):
            with suppress(FileNotFoundError):
                self.storage.upload(self.folder / name, self.prefix.join(name))
        if self.exact:
            for name in self.uploaded.keys() - files.keys():
                self.storage.remove(self.prefix.join(name))
        self.uploaded = files


@contextmanager
def update_periodically(update: Callable[[], None]) -> Iterator[None]:
    """Do something twice a second, and a last time at the end."""
    closing = threading.Event()

    def follow() -> None:
        while not closing.wait(_PAUSE_SECONDS):
            update()

    thread = threading.Thread(target=follow, name="mirror")
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()
        update()
