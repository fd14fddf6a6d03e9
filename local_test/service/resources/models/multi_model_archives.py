"""The archives of a multi-model endpoint below an S3 prefix, fetched on demand."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from local_test.errors import UserError
from local_test.service.storage.s3 import S3Storage, S3Uri, locate_file


@dataclass(frozen=True)
class S3ArchiveSource:
    """Archives by their path below an S3 prefix; a fetched one is not fetched again.

    Source: Developer Guide, 'Multi-Model Endpoints': archives may be added at any time, and another
    one under the same name is not noticed.
    """

    storage: S3Storage
    prefix: S3Uri
    _fetching: threading.Lock = field(default_factory=threading.Lock)

    def __str__(self) -> str:
        return str(self.prefix)

    def find(self, target: str, aside: Path) -> Path | None:
        """Return the local copy of an archive, None if there is no such archive."""
        source = self.prefix.join(target)
        copy = locate_file(aside, target, source)
        with self._fetching:
            if not copy.is_file():
                try:
                    self.storage.fetch(source, copy)
                except UserError:  # nothing of that name
                    return None
        return copy
