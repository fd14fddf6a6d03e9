"""Objects of S3 that a configuration names, as local files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from analyzer.clarify.analyzed_data import Fetch
from tandem.errors import UserError


@contextmanager
def open_downloads() -> Iterator[Fetch]:
    """Yield a function that downloads the objects of an S3 URI, kept until the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield lambda uri: download(uri, Path(folder))


def download(uri: str, folder: Path) -> Sequence[Path]:
    """Download an object, or all objects below a prefix, in the order of their keys.

    Raises UserError when the URI is none of S3, or names nothing that can be read.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise UserError(f"{uri!r} is no S3 URI", remedy="Use s3://bucket/key.")
    client = boto3.client("s3")
    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        keys = [key for key in keys if not key.endswith("/")]
        if not keys:
            raise UserError(f"no object at {uri}")
        paths = []
        for number, key in enumerate(sorted(keys)):
            path = folder / f"{len(list(folder.iterdir()))}-{number}-{Path(key).name}"
            client.download_file(bucket, key, str(path))
            paths.append(path)
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot read {uri}: {error}") from None
    return paths
