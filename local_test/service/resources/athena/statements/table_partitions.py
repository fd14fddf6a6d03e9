"""Partitions of a table in the catalogue: folders `column=value` below its location."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from local_test.errors import UserError
from local_test.service.query.statements import TableName
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri

_BATCH = 100  # of BatchCreatePartition


def add_partitions(
    glue: Any, table: TableName, partitions: Mapping[str, Sequence[str]]
) -> Sequence[str]:
    """Add partitions, values by folder, to a table; return the folders that it did not have."""
    place = {"DatabaseName": table.database, "TableName": table.name}
    found = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    descriptor = found["StorageDescriptor"]
    pages = glue.get_paginator("get_partitions").paginate(**place)
    known = {tuple(one["Values"]) for page in pages for one in page["Partitions"]}
    decoded = {folder: tuple(map(unquote, values)) for folder, values in partitions.items()}
    new = [folder for folder in partitions if decoded[folder] not in known]
    for start in range(0, len(new), _BATCH):
        entries = [
            {
                "Values": list(decoded[folder]),
                "StorageDescriptor": {
                    **descriptor,
                    "Location": f"{descriptor['Location'].rstrip('/')}/{folder}/",
                },
            }
            for folder in new[start : start + _BATCH]
        ]
        glue.batch_create_partition(**place, PartitionInputList=entries)
    return new


def repair_partitions(glue: Any, storage: S3Storage, table: TableName) -> Sequence[str]:
    """Add the partitions that S3 has and the catalogue lacks; return a line for each."""
    found = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    keys = [item["Name"] for item in found.get("PartitionKeys", ())]
    location = parse_uri(found["StorageDescriptor"]["Location"])
    partitions = _find_folders(storage, location, keys) if keys else {}
    new = add_partitions(glue, table, partitions)
    return [f"Repair: Added partition to metastore {table.name}:{folder}" for folder in new]


def _find_folders(
    storage: S3Storage, location: S3Uri, keys: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    try:
        objects = storage.list_prefix(S3Uri(location.bucket, f"{location.key.rstrip('/')}/"))
    except UserError:  # no object, or no bucket
        return {}
    found = dict[str, Sequence[str]]()
    for _, path in objects:
        parts = [part.partition("=") for part in path.split("/")[: len(keys)]]
        if [name.lower() for name, _, _ in parts] == keys:
            folder = "/".join(path.split("/")[: len(keys)])
            found[folder] = [value for _, _, value in parts]
    return found
