"""Code in S3: downloaded with boto3, in images that have it."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

from tandem.errors import UserError

_REMEDY = (
    "Give the code as a channel 'code' instead (the SageMaker Python SDK does so with"
    " enable_network_isolation=True), which needs neither network nor credentials"
)


def download(uri: str, folder: Path) -> Path:
    """Download one object into `folder` and return its path.

    Raises UserError when boto3 is not installed, or when the download fails.
    """
    if importlib.util.find_spec("boto3") is None:
        raise UserError(f"this image cannot fetch {uri}: it has no boto3", remedy=_REMEDY)
    boto3 = importlib.import_module("boto3")
    errors = importlib.import_module("botocore.exceptions")
    boto3_errors = importlib.import_module("boto3.exceptions")
    place = urlsplit(uri)
    path = folder / Path(place.path).name
    try:
        boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), str(path))
    except (errors.BotoCoreError, errors.ClientError, boto3_errors.Boto3Error) as error:
        raise UserError(f"{uri} cannot be fetched: {error}", remedy=_REMEDY) from error
    return path
