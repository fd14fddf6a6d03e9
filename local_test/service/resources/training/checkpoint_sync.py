"""Checkpoints between a job's folder and S3: there at the start, saved while the job goes on.

Source: Developer Guide, 'Use Checkpoints in Amazon SageMaker AI': what is new or changed goes to
S3, what was removed is removed there, and what others put there later is not fetched.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.storage.s3 import Storage, parse
from local_test.service.storage.s3_sync import Mirror, repeating


@contextmanager
def syncing(
    storage: Storage, config: Mapping[str, Any] | None, folder: Path
) -> Iterator[Path | None]:
    """Return the folder of a job's checkpoints, None where it has none.

    S3 follows it to the end.
    """
    if config is None:
        yield None
        return
    folder.mkdir(parents=True)
    place = parse(config["S3Uri"])
    with suppress(UserError):  # nothing was saved yet
        storage.fetch_all(place.below(""), folder)
    mirror = Mirror(storage, place, folder)
    mirror.seen = mirror.files()
    with repeating(mirror.update):
        yield folder
