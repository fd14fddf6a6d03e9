"""Where UNLOAD writes, and the manifest that lists its files.

Source: Athena User Guide, 'UNLOAD': the destination must be empty, and the manifest is beside the
query's output location.
"""

from pathlib import Path

from local_test.errors import UserError
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import UnloadStatement
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri

UNLOAD = "UNLOAD"
"""The SubstatementType of these queries."""


def find_unload_target(storage: S3Storage, statement: UnloadStatement, query_id: str) -> S3Uri:
    """Return what the keys of a query's files begin with.

    Raises QueryFailed when the destination has objects, and UserError when there is no bucket.
    """
    location = parse_uri(statement.location)
    storage.require_bucket(location.bucket)
    folder = S3Uri(location.bucket, f"{location.key.strip('/')}/".lstrip("/"))
    try:
        storage.list_prefix(folder)
    except UserError:
        return location.join(query_id)
    raise QueryFailed(
        f"HIVE_PATH_ALREADY_EXISTS: Target directory for UNLOAD already exists: {folder}",
        "name a folder without objects",
    )


def write_unloaded(storage: S3Storage, path: Path, target: S3Uri, manifest: S3Uri) -> None:
    """Upload the file of a query, and the list of its files."""
    address = S3Uri(target.bucket, f"{target.key}_{path.name}")
    storage.upload(path, address)
    storage.write(f"{address}\n".encode(), manifest, "text/csv")


def find_manifest(output: str) -> S3Uri:
    """Return the place of the manifest of a query with this output location."""
    uri = parse_uri(output)
    return S3Uri(uri.bucket, f"{uri.key}-manifest.csv")
