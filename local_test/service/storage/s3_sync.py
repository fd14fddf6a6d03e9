"""Keep S3 in sync with a local folder."""

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
    """A folder whose new and changed files are uploaded to a prefix; not thread-safe.

    `uploaded` has time and size of the files that are in S3. An `exact` mirror follows links, and
    removes in S3 the files that were removed in the folder.
    """

    storage: S3Storage
    prefix: S3Uri
    folder: Path
    exact: bool = True
    uploaded: dict[str, tuple[int, int]] = field(default_factory=dict)

    def list_files(self) -> dict[str, tuple[int, int]]:
        """Return mtime in nanoseconds and size in bytes of the folder's files by relative path."""
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
        """Upload new and changed files. Raises UserError when S3 refuses one."""
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
    """Context manager: call `update` every half second, and a last time at the end."""
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
