"""Input data on their way from S3 to a folder, as a job's channels and a transform's input."""

import gzip
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.storage import Storage, Uri, file_of, parse


def download(
    storage: Storage, source: Mapping[str, Any], folder: Path, *, unzip: bool = False
) -> Path:
    """Copy what an S3DataSource names into `folder`, its structure kept, and give the folder.

    With `unzip` each object is decompressed on its way. What is not there, is no manifest or no
    gzip is a UserError.
    """
    folder.mkdir(parents=True)
    for address, path in objects(storage, source):
        target = storage.fetch(address, file_of(folder, path, address))
        if unzip:
            _unzip(target, str(address), folder.with_name(f"{folder.name}.plain"))
    return folder


def objects(storage: Storage, source: Mapping[str, Any]) -> list[tuple[Uri, str]]:
    """Give address and path of all that an S3DataSource names; nothing at all is a UserError."""
    place = parse(source["S3Uri"])
    listed = source.get("S3DataType", "S3Prefix") == "ManifestFile"
    return storage.listed(place) if listed else storage.under(place)


def _unzip(path: Path, address: str, plain: Path) -> None:
    try:
        with gzip.open(path, "rb") as packed, plain.open("wb") as target:
            shutil.copyfileobj(packed, target)
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{address} is not a whole gzip object: {error}") from error
    plain.replace(path)
