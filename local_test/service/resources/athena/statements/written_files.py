"""Where statements write files of rows, and the manifest that lists them.

Source: Athena User Guide, 'UNLOAD' and 'CREATE TABLE AS': the destination must be empty, and the
manifest is beside the query's output location.
"""

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.result_files import WrittenFiles
from local_test.service.resources.athena.statements.manifest import find_manifest
from local_test.service.resources.athena.statements.query_bench import QueryBench
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri


def require_empty(storage: S3Storage, location: str, what: str) -> S3Uri:
    """Return a destination.

    Raises QueryFailed when it has objects, and UserError when there is no bucket; `what` writes it.
    """
    uri = parse_uri(location)
    folder = S3Uri(uri.bucket, uri.key.strip("/"))
    storage.require_bucket(folder.bucket)
    if storage.has_objects(folder):
        raise QueryFailed(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for {what} already exists: {folder}/",
            "name a folder without objects",
        )
    return folder


def upload_files(bench: QueryBench, written: WrittenFiles, target: S3Uri) -> None:
    """Upload the files of a query to a folder, and the list of them."""
    addresses = []
    for path, place in written.places.items():
        *parts, name = place.parts
        key = "/".join([target.key, *parts, f"{bench.query_id}_{name}"]).lstrip("/")
        address = S3Uri(target.bucket, key)
        bench.storage.upload(path, address)
        addresses.append(f"{address}\n")
    manifest = find_manifest(bench.output)
    bench.storage.write("".join(addresses).encode(), manifest, "text/csv")
