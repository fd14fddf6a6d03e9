"""The model artifacts of a container, in any of the forms that CreateModel takes.

Source: API, ContainerDefinition: `ModelDataUrl` and `ModelDataSource`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.storage.s3 import S3Storage, parse_uri


def fetch_artifacts(storage: S3Storage, container: Mapping[str, Any], folder: Path) -> Path | None:
    """Copy a container's artifacts to `folder`; return the path of the archive or of the folder.

    Returns None if the container has no artifacts. Raises UserError when they do not exist in S3.
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        address = container.get("ModelDataUrl")
        archive = folder / "model.tar.gz"
        return None if address is None else storage.fetch(parse_uri(address), archive)
    uri = parse_uri(source["S3Uri"])
    if source["CompressionType"] == "Gzip":
        return storage.fetch(uri, folder / "model.tar.gz")
    if source["S3DataType"] == "S3Object":
        return storage.fetch(uri, folder / uri.key.rpartition("/")[2]).parent
    return storage.fetch_prefix(uri, folder)


def find_address(container: Mapping[str, Any]) -> str:
    """Return the S3 URI of a container's artifacts, "" if it has none."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return str(source.get("S3Uri") or container.get("ModelDataUrl", ""))


def check_artifacts(container: Mapping[str, Any]) -> None:
    """Check a container's ModelDataSource. Raises ApiError when it is invalid."""
    if "ModelDataSource" not in container:
        return
    if "ModelDataUrl" in container or container.get("Mode") == "MultiModel":
        raise invalid("Containers: a ModelDataSource stands alone, for one model.")
    source = container["ModelDataSource"].get("S3DataSource")
    if source is None:
        raise invalid("ModelDataSource needs an S3DataSource.")
    prefix = source["S3DataType"] == "S3Prefix"
    if prefix and (source["CompressionType"] == "Gzip" or not source["S3Uri"].endswith("/")):
        raise invalid("An S3Prefix ends with / and has the CompressionType None.")
