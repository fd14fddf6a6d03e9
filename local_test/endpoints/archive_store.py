"""Archives of a multi-model endpoint, each unpacked while its model is loaded.

Source: Developer Guide, 'Custom Containers Contract for Multi-Model Endpoints'.
"""

import hashlib
from pathlib import Path, PurePosixPath

from local_test.endpoints.archive_source import ArchiveSource
from local_test.endpoints.model_directory import install_model
from local_test.errors import UserError
from local_test.platform.limits import MAX_TARGET_MODEL
from local_test.workspace import make_read_only, remove_tree

ARCHIVE_SUFFIX = ".tar.gz"
_CONTAINER_FOLDER = "/opt/ml/models"
_NAME_LENGTH = 32


class ArchiveStore:
    """Unpacks the archives of a source below `folder`, the container's `/opt/ml/models`.

    Copies go to `aside`. `limit` is how many bytes an archive may unpack to, None for the default.
    """

    def __init__(
        self, source: ArchiveSource, folder: Path, aside: Path, limit: int | None = None
    ) -> None:
        self._source = source
        self._folder = folder
        self._aside = aside
        self._limit = limit
        folder.mkdir(parents=True)

    def find(self, target: str) -> Path:
        """Return the archive of a target model. Raises UserError when there is none.

        The source is asked at each request, so an archive may be added at any time.
        """
        parts = PurePosixPath(target.lstrip("/")).parts
        if not target.endswith(ARCHIVE_SUFFIX) or ".." in parts or len(target) > MAX_TARGET_MODEL:
            raise UserError(
                f"target model {target[:80]!r} is refused",
                f"name an archive {ARCHIVE_SUFFIX} by its path in the folder of models",
            )
        archive = self._source.find("/".join(parts), self._aside)
        if archive is None:
            raise UserError(
                f"there is no target model {target!r}", f"put the archive into {self._source}"
            )
        return archive

    def unpack_archive(self, name: str, archive: Path) -> str:
        """Unpack an archive and return its path in the container.

        A model of the same name is replaced. Raises UserError when the archive is invalid, and
        DiskFull when the disk is full.
        """
        self.remove(name)
        model = self._folder / name / "model"
        install_model(archive, model, self._limit, self._name_archive(archive))
        make_read_only(model)
        return f"{_CONTAINER_FOLDER}/{name}/model"

    def _name_archive(self, archive: Path) -> str:
        """Return an archive's location in the source, not that of a copy."""
        if not archive.is_relative_to(self._aside):
            return str(archive)
        return f"{str(self._source).rstrip('/')}/{archive.relative_to(self._aside)}"

    def remove(self, name: str) -> None:
        """Remove the unpacked model of a name."""
        remove_tree(self._folder / name)


def hash_target(target: str) -> str:
    """Return the model name that the container gets: a hash of the target."""
    plain = target.lstrip("/").encode()
    return hashlib.sha256(plain).hexdigest()[:_NAME_LENGTH]
