"""Download input data from S3: the channels of jobs and the input of transform jobs."""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.platform.archive_members import compute_unpacked_limit, make_size_error
from local_test.platform.disk_space import translate_disk_full
from local_test.service.storage.s3 import S3Storage, S3Uri, locate_file, parse_uri

_BLOCK = 1 << 20


def download_input(
    storage: S3Storage,
    source: Mapping[str, Any],
    folder: Path,
    *,
    unzip: bool = False,
    limit: int | None = None,
) -> Path:
    """Copy the objects of an S3DataSource to `folder`, with their paths, and return the folder.

    With `unzip` each object is decompressed, to at most `limit` bytes. Raises UserError when an
    object does not exist, is no gzip or too large, or a manifest is invalid, and NoSpace when the
    disk is full.
    """
    folder.mkdir(parents=True)
    for address, path in list_objects(storage, source):
        target = storage.fetch(address, locate_file(folder, path, address))
        if unzip:
            _decompress(target, str(address), folder.with_name(f"{folder.name}.plain"), limit)
    return folder


def list_objects(storage: S3Storage, source: Mapping[str, Any]) -> list[tuple[S3Uri, str]]:
    """Return the URI and the path of all objects of an S3DataSource.

    Raises UserError when there are none.
    """
    uri = parse_uri(source["S3Uri"])
    is_manifest = source.get("S3DataType", "S3Prefix") == "ManifestFile"
    return storage.list_manifest(uri) if is_manifest else storage.list_prefix(uri)


def _decompress(path: Path, address: str, plain: Path, limit: int | None) -> None:
    left = most = compute_unpacked_limit(path, limit)
    try:
        with (
            translate_disk_full(f"{address} cannot be decompressed"),
            gzip.open(path, "rb") as packed,
            plain.open("wb") as target,
        ):
            while block := packed.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise make_size_error(address, most)
                target.write(block)
        plain.replace(path)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{address} is not a whole gzip object: {error}") from error
    finally:
        plain.unlink(missing_ok=True)
