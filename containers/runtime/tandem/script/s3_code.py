"""Code in S3: downloaded with boto3, in images that have it, else by `tandem.aws`."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

from tandem.aws.s3_object import fetch_object
from tandem.contract.settings import read_aws_variables
from tandem.errors import UserError

_REMEDY = (
    "Give the code as a channel 'code' instead (the SageMaker Python SDK does so with"
    " enable_network_isolation=True), which needs neither network nor credentials"
)


def download(uri: str, folder: Path) -> Path:
    """Download one object into `folder` and return its path.

    Raises UserError when the download fails.
    """
    place = urlsplit(uri)
    path = folder / Path(place.path).name
    if importlib.util.find_spec("boto3") is not None:
        _download_with_boto3(uri, path)
        return path
    try:
        fetch_object(place.netloc, place.path.lstrip("/"), path, read_aws_variables())
    except UserError as error:
        raise UserError(f"{uri} cannot be fetched: {error}", remedy=_REMEDY) from error
    return path


def _download_with_boto3(uri: str, path: Path) -> None:
    boto3 = importlib.import_module("boto3")
    errors = importlib.import_module("botocore.exceptions")
    boto3_errors = importlib.import_module("boto3.exceptions")
    place = urlsplit(uri)
    try:
        boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), str(path))
    except (errors.BotoCoreError, errors.ClientError, boto3_errors.Boto3Error) as error:
        raise UserError(f"{uri} cannot be fetched: {error}", remedy=_REMEDY) from error
