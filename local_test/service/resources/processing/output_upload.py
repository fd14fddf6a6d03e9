"""Upload the outputs of a processing job to S3, at its end or while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_test.jobs.processing_job import locate_folder
from local_test.platform.opt_ml_tree import OptMlTree
from local_test.service.resources.processing.definitions import is_managed_by_app, list_outputs
from local_test.service.storage.s3 import S3Storage, parse_uri
from local_test.service.storage.s3_sync import S3Mirror


@dataclass
class OutputUpload:
    """The S3Outputs of a job whose hosts' trees are at `hosts/HOST/ml`.

    Links are not uploaded. Of a name that two hosts use, one file remains, as on the service.
    """

    storage: S3Storage
    definitions: Sequence[Mapping[str, Any]]
    hosts: Path
    _mirrors: dict[Path, S3Mirror] = field(default_factory=dict)

    def update(self) -> None:
        """Upload new and changed files. Raises UserError when S3 refuses one."""
        for root in sorted(self.hosts.glob("*/ml")):
            for definition in self.definitions:
                local = locate_folder(OptMlTree(root), definition["LocalPath"])
                mirror = self._mirrors.get(local)
                if mirror is None:
                    mirror = S3Mirror(
                        self.storage, parse_uri(definition["S3Uri"]), local, exact=False
                    )
                    self._mirrors[local] = mirror
                mirror.update()


def select_outputs(record: Mapping[str, Any], mode: str) -> list[Mapping[str, Any]]:
    """Return the S3Outputs of a record with this upload mode, but for those of its program."""
    outputs = [item["S3Output"] for item in list_outputs(record) if not is_managed_by_app(item)]
    return [output for output in outputs if output["S3UploadMode"] == mode]
