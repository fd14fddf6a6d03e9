"""A container's model artifacts, from wherever CreateModel says they lie in S3.

Source: API, ContainerDefinition: `ModelDataUrl` and `ModelDataSource`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.storage.s3 import Storage, parse


def fetched(storage: Storage, container: Mapping[str, Any], folder: Path) -> Path | None:
    """Copy a container's artifacts into `folder` and give the archive or the folder they are.

    None where the container has none; what is not in S3 is a UserError.
    """
    told = container.get("ModelDataSource", {}).get("S3DataSource")
    if told is None:
        address = container.get("ModelDataUrl")
        packed = folder / "model.tar.gz"
        return None if address is None else storage.fetch(parse(address), packed)
    place = parse(told["S3Uri"])
    if told["CompressionType"] == "Gzip":
        return storage.fetch(place, folder / "model.tar.gz")
    if told["S3DataType"] == "S3Object":
        return storage.fetch(place, folder / place.key.rpartition("/")[2]).parent
    return storage.fetch_all(place, folder)


def address(container: Mapping[str, Any]) -> str:
    """Return where a container's artifacts lie in S3, nothing where it has none."""
    told = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return str(told.get("S3Uri") or container.get("ModelDataUrl", ""))


def check(container: Mapping[str, Any]) -> None:
    """Refuse two places at once, and a prefix that would be one archive (Fault)."""
    if "ModelDataSource" not in container:
        return
    if "ModelDataUrl" in container or container.get("Mode") == "MultiModel":
        raise invalid("Containers: a ModelDataSource stands alone, for one model.")
    told = container["ModelDataSource"].get("S3DataSource")
    if told is None:
        raise invalid("ModelDataSource needs an S3DataSource.")
    prefix = told["S3DataType"] == "S3Prefix"
    if prefix and (told["CompressionType"] == "Gzip" or not told["S3Uri"].endswith("/")):
        raise invalid("An S3Prefix ends with / and has the CompressionType None.")
