"""Input data on their way from S3 to a folder, as a job's channels and a transform's input."""

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
    """Copy what an S3DataSource names into `folder`, its structure kept, and give the folder.

    With `unzip` each object is decompressed on its way, to as many bytes as `limit` says. What is
    not there, is no manifest, no gzip or too large is a UserError, a full disk a NoSpace.
    """
    folder.mkdir(parents=True)
    for address, path in list_objects(storage, source):
        target = storage.fetch(address, locate_file(folder, path, address))
        if unzip:
            _decompress(target, str(address), folder.with_name(f"{folder.name}.plain"), limit)
    return folder


def list_objects(storage: S3Storage, source: Mapping[str, Any]) -> list[tuple[S3Uri, str]]:
    """Return address and path of all that an S3DataSource names; nothing at all is a UserError."""
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
