"""The table of a group in the Glue catalogue, which moto keeps.

Source: Developer Guide, 'Query offline store': the columns that are added, and the partitions.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import UserError
from local_test.service.backend import Backend
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.feature_store.offline_files import (
    ADDED,
    PARTITIONS,
    make_schema,
    name_column_type,
)
from local_test.service.resources.feature_groups.store_configs import is_iceberg_store
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

if TYPE_CHECKING:
    from local_test.service.iceberg.tables import IcebergTable

_HIVE = "org.apache.hadoop.hive.ql.io.parquet"
_EXISTS, _MISSING = "AlreadyExistsException", "EntityNotFoundException"


def create_table(backend: Backend, region: str, record: Record) -> None:
    """Create the table of a group, and its database if there is none, unless the group has none.

    Raises UserError when the name of the table is taken by another one.
    """
    place = _find_place(record)
    if place is None:
        return
    glue = backend.aws.client("glue", region)
    _create_database(glue, place["Database"])
    if is_iceberg_store(record["OfflineStoreConfig"]):
        folder = parse_uri(record["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"])
        location = S3Uri(folder.bucket, folder.key.removesuffix("/data"))
        open_iceberg(backend, region, record).create(make_schema(read_schema(record)), location)
        return
    table = _describe_table(record)
    try:
        glue.create_table(DatabaseName=place["Database"], TableInput=table)
    except ClientError as error:
        if error.response["Error"]["Code"] != _EXISTS:
            raise
        found = glue.get_table(DatabaseName=place["Database"], Name=table["Name"])["Table"]
        if found["StorageDescriptor"]["Location"] != table["StorageDescriptor"]["Location"]:
            raise UserError(
                f"the table {place['Database']}.{table['Name']} exists", "choose another TableName"
            ) from error


def update_table(backend: Backend, region: str, record: Record) -> None:
    """Give the table of a group the columns of the group, unless it was deleted.

    Raises UserError when it is an Iceberg table that does not take them.
    """
    place = _find_place(record)
    if place is None:
        return
    if is_iceberg_store(record["OfflineStoreConfig"]):
        open_iceberg(backend, region, record).add_columns(make_schema(read_schema(record)))
        return
    try:
        backend.aws.client("glue", region).update_table(
            DatabaseName=place["Database"], TableInput=_describe_table(record)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _MISSING:
            raise


def open_iceberg(backend: Backend, region: str, record: Record) -> "IcebergTable":
    """Return the table of a group whose offline store is an Iceberg table."""
    from local_test.service.iceberg.tables import IcebergTable

    place = _read_place(record["OfflineStoreConfig"])
    glue, storage = backend.aws.client("glue", region), backend.storage(region)
    return IcebergTable(glue, storage, place["Database"], place["TableName"])


def _find_place(record: Record) -> Mapping[str, str] | None:
    """Return database and name of the table that the service keeps, None without one."""
    config = record.get("OfflineStoreConfig", {})
    if config.get("DisableGlueTableCreation") or "DataCatalogConfig" not in config:
        return None
    return _read_place(config)


def _read_place(config: Mapping[str, Any]) -> Mapping[str, str]:
    """Return database and name of a table in lower case, as Glue keeps them."""
    return {key: config["DataCatalogConfig"][key].lower() for key in ("Database", "TableName")}


def _create_database(glue: Any, name: str) -> None:
    try:
        glue.create_database(DatabaseInput={"Name": name})
    except ClientError as error:
        if error.response["Error"]["Code"] != _EXISTS:
            raise


def _describe_table(record: Record) -> dict[str, Any]:
    config = record["OfflineStoreConfig"]
    columns = {
        feature.name.lower(): name_column_type(feature)
        for feature in read_schema(record).features.values()
    } | ADDED
    return {
        "Name": _read_place(config)["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in PARTITIONS],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
            "Location": config["S3StorageConfig"]["ResolvedOutputS3Uri"],
            "InputFormat": f"{_HIVE}.MapredParquetInputFormat",
            "OutputFormat": f"{_HIVE}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_HIVE}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }
