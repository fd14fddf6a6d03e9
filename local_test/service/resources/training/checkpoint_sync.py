"""Sync checkpoints between a job's folder and S3: fetched at the start, saved while the job runs.

Source: Developer Guide, 'Use Checkpoints in Amazon SageMaker AI': new and changed files go to S3,
removed ones are removed there, and what others put there later is not fetched.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.storage.s3 import S3Storage, parse_uri
from local_test.service.storage.s3_sync import S3Mirror, update_periodically


@contextmanager
def sync_checkpoints(
    storage: S3Storage, config: Mapping[str, Any] | None, folder: Path
) -> Iterator[Path | None]:
    """Context manager: the folder of a job's checkpoints, synced to S3; None without config."""
    if config is None:
        yield None
        return
    folder.mkdir(parents=True)
    uri = parse_uri(config["S3Uri"])
    with suppress(UserError):  # nothing was saved yet
        storage.fetch_prefix(uri.join(""), folder)
    mirror = S3Mirror(storage, uri, folder)
    mirror.uploaded = mirror.list_files()
    with update_periodically(mirror.update):
        yield folder
