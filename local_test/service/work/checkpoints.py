"""Checkpoints between a job's folder and S3: there at the start, saved while the job goes on.

Source: Developer Guide, 'Use Checkpoints in Amazon SageMaker AI': what is new or changed goes to
S3, what was removed is removed there, and what others put there later is not fetched.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.storage import Storage, Uri, parse

_PAUSE_SECONDS = 0.5
_IGNORED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")


@contextmanager
def syncing(
    storage: Storage, config: Mapping[str, Any] | None, folder: Path
) -> Iterator[Path | None]:
    """Give the folder of a job's checkpoints, None where it has none; S3 follows it to the end."""
    if config is None:
        yield None
        return
    folder.mkdir(parents=True)
    place = parse(config["S3Uri"])
    with suppress(UserError):  # nothing was saved yet
        storage.fetch_all(place.below(""), folder)
    mirror = _Mirror(storage, place, folder)
    mirror.seen = mirror.files()
    over = threading.Event()

    def follow() -> None:
        while not over.wait(_PAUSE_SECONDS):
            mirror.update()

    thread = threading.Thread(target=follow, name="checkpoints")
    thread.start()
    try:
        yield folder
    finally:
        over.set()
        thread.join()
        mirror.update()


class _Mirror:
    def __init__(self, storage: Storage, place: Uri, folder: Path) -> None:
        self._storage = storage
        self._place = place
        self._folder = folder
        self.seen: dict[str, tuple[int, int]] = {}

    def files(self) -> dict[str, tuple[int, int]]:
        found = {}
        for path in sorted(self._folder.rglob("*")):
            with suppress(FileNotFoundError):  # renamed meanwhile
                state = path.stat()
                if path.is_file() and not path.name.endswith(_IGNORED):
                    relative = path.relative_to(self._folder).as_posix()
                    found[relative] = (state.st_mtime_ns, state.st_size)
        return found

    def update(self) -> None:
        found = self.files()
        for name in found.keys() - {key for key in found if self.seen.get(key) == found[key]}:
            with suppress(FileNotFoundError):
                self._storage.put(self._folder / name, self._place.below(name))
        for name in self.seen.keys() - found.keys():
            self._storage.remove(self._place.below(name))
        self.seen = found
