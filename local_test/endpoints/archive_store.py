"""The archives of a multi-model endpoint, each unpacked while it is loaded.

Source: Developer Guide, 'Custom Containers Contract for Multi-Model Endpoints'.
"""

import hashlib
from pathlib import Path, PurePosixPath

from local_test.endpoints.archive_source import Library
from local_test.endpoints.model_directory import provide
from local_test.errors import UserError
from local_test.platform.limits import MAX_TARGET_MODEL
from local_test.workspace import make_read_only, remove_tree

SUFFIX = ".tar.gz"
_SEEN = "/opt/ml/models"
_NAME_LENGTH = 32


class Shelf:
    """Archives of a library, unpacked below `place`, `/opt/ml/models`; copies stand `aside`.

    `limit` is how many bytes an archive may unpack to, None for the default.
    """

    def __init__(
        self, library: Library, place: Path, aside: Path, limit: int | None = None
    ) -> None:
        self._library = library
        self._place = place
        self._aside = aside
        self._limit = limit
        place.mkdir(parents=True)

    def find(self, target: str) -> Path:
        """Return the archive a client calls `target`; UserError where there is none.

        It is looked for at each request, so an archive may be added at any time.
        """
        parts = PurePosixPath(target.lstrip("/")).parts
        if not target.endswith(SUFFIX) or ".." in parts or len(target) > MAX_TARGET_MODEL:
            raise UserError(
                f"target model {target[:80]!r} is refused",
                f"name an archive {SUFFIX} by its path in the folder of models",
            )
        archive = self._library.find("/".join(parts), self._aside)
        if archive is None:
            raise UserError(
                f"there is no target model {target!r}", f"put the archive into {self._library}"
            )
        return archive

    def put(self, name: str, archive: Path) -> str:
        """Unpack an archive and give its place as the container sees it.

        What an earlier load left under the name is replaced. A bad archive is a UserError, a full
        disk a NoSpace.
        """
        self.remove(name)
        model = self._place / name / "model"
        provide(archive, model, self._limit, self._called(archive))
        make_read_only(model)
        return f"{_SEEN}/{name}/model"

    def _called(self, archive: Path) -> str:
        """Return an archive's place in the library, and not that of a copy."""
        if not archive.is_relative_to(self._aside):
            return str(archive)
        return f"{str(self._library).rstrip('/')}/{archive.relative_to(self._aside)}"

    def remove(self, name: str) -> None:
        """Remove what was unpacked under a name."""
        remove_tree(self._place / name)


def opaque_name(target: str) -> str:
    """Return the name by which the container knows a model: it says nothing of the archive's."""
    plain = target.lstrip("/").encode()
    return hashlib.sha256(plain).hexdigest()[:_NAME_LENGTH]
