"""What a processing job's containers write, on its way to S3: at the end, or while they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_test.jobs.processing_job import locate_folder
from local_test.platform.opt_ml_tree import OptMlTree
from local_test.service.storage.s3 import Storage, parse
from local_test.service.storage.s3_sync import Mirror


@dataclass
class Outputs:
    """Some S3Outputs of a job whose hosts' trees stand at `hosts/HOST/ml`.

    Links are not uploaded. Of a name that two hosts use, one file remains, as on the service.
    """

    storage: Storage
    told: Sequence[Mapping[str, Any]]
    hosts: Path
    _mirrors: dict[Path, Mirror] = field(default_factory=dict)

    def update(self) -> None:
        """Upload what is new or has changed; what S3 refuses is a UserError."""
        for root in sorted(self.hosts.glob("*/ml")):
            for told in self.told:
                place = locate_folder(OptMlTree(root), told["LocalPath"])
                mirror = self._mirrors.get(place)
                if mirror is None:
                    mirror = Mirror(self.storage, parse(told["S3Uri"]), place, exact=False)
                    self._mirrors[place] = mirror
                mirror.update()


def chosen(record: Mapping[str, Any], mode: str) -> list[Mapping[str, Any]]:
    """Return the S3Outputs of one upload mode."""
    given = record.get("ProcessingOutputConfig", {}).get("Outputs", ())
    found = [item["S3Output"] for item in given]
    return [told for told in found if told["S3UploadMode"] == mode]
