"""A folder of this machine that S3 follows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local_test.service.storage.s3 import Storage, Uri

_PAUSE_SECONDS = 0.5
_IGNORED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")


@dataclass
class Mirror:
    """What of a folder is in S3 already; threads must not share it.

    An `exact` one follows links and removes in S3 what was removed in the folder.
    """

    storage: Storage
    place: Uri
    folder: Path
    exact: bool = True
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def files(self) -> dict[str, tuple[int, int]]:
        """Return the folder's files by their paths in it, with time and size."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            with suppress(FileNotFoundError):  # renamed meanwhile
                state = path.stat()
                wanted = path.is_file() and (self.exact or not path.is_symlink())
                if wanted and not path.name.endswith(_IGNORED):
                    relative = path.relative_to(self.folder).as_posix()
                    found[relative] = (state.st_mtime_ns, state.st_size)
        return found

    def update(self) -> None:
        """Put into S3 what is new or has changed; what S3 refuses is a UserError."""
        found = self.files()
        for name in sorted(name for name in found if self.seen.get(name) != found[name]):
            with suppress(FileNotFoundError):
                self.storage.put(self.folder / name, self.place.below(name))
        if self.exact:
            for name in self.seen.keys() - found.keys():
                self.storage.remove(self.place.below(name))
        self.seen = found


@contextmanager
def repeating(update: Callable[[], None]) -> Iterator[None]:
    """Do something twice a second, and a last time at the end."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(_PAUSE_SECONDS):
            update()

    thread = threading.Thread(target=follow, name="mirror")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        update()
