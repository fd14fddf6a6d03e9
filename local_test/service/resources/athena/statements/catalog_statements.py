"""Statements about the catalogue, done by calls of Glue."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.query.column_types import to_duckdb
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import CatalogStatement, TableCreation
from local_test.service.query.view_text import VIEW
from local_test.service.resources.athena.statements.catalog_listing import show
from local_test.service.resources.athena.statements.table_partitions import repair_partitions
from local_test.service.storage.s3 import S3Storage

_EXISTS, _MISSING = "AlreadyExistsException", "EntityNotFoundException"
_HIVE = "org.apache.hadoop.hive"
SERDES = {
    "parquet": f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    "orc": f"{_HIVE}.ql.io.orc.OrcSerde",
    "json": "org.openx.data.jsonserde.JsonSerDe",
    "textfile": f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
}
"""The library that reads the files of a format."""


def run_catalog_statement(
    glue: Any, storage: S3Storage, statement: TableCreation | CatalogStatement
) -> Sequence[str]:
    """Do a statement and return the lines of its result. Raises QueryFailed when it cannot be done.

    `glue` is a client.
    """
    try:
        if isinstance(statement, TableCreation):
            return _create_table(glue, statement)
        return _run_verb(glue, storage, statement)
    except ClientError as error:
        details = error.response["Error"]
        lenient = statement.exists_ok if isinstance(statement, TableCreation) else statement.lenient
        if lenient and details["Code"] in {_EXISTS, _MISSING}:
            return []
        raise QueryFailed(
            f"{details['Code']}: {details.get('Message', '')}", "check the names"
        ) from error


def _create_table(glue: Any, statement: TableCreation) -> Sequence[str]:
    for kind in (*statement.columns.values(), *statement.partitions.values()):
        to_duckdb(kind)
    glue.create_table(
        DatabaseName=require_database(glue, statement.table.database),
        TableInput=describe_table(statement),
    )
    return []


def describe_table(statement: TableCreation) -> dict[str, Any]:
    """Return the table of Glue for a statement."""
    return {
        "Name": statement.table.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **statement.properties},
        "PartitionKeys": list_columns(statement.partitions),
        "StorageDescriptor": {
            "Columns": list_columns(statement.columns),
            "Location": statement.location,
            "SerdeInfo": {
                "SerializationLibrary": SERDES.get(statement.serde, statement.serde),
                "Parameters": dict(statement.properties),
            },
        },
    }


def list_columns(columns: Mapping[str, str]) -> list[dict[str, str]]:
    """Return columns of Glue by names and types."""
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]


def require_database(glue: Any, name: str) -> str:
    """Return the name of a database; `default` exists from the first day, as on AWS.

    Raises QueryFailed when there is none.
    """
    try:
        glue.get_database(Name=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != _MISSING:
            raise
        if name != "default":
            raise QueryFailed(
                f"SCHEMA_NOT_FOUND: Schema '{name}' does not exist", "create the database first"
            ) from error
        glue.create_database(DatabaseInput={"Name": name})
    return name


def _run_verb(glue: Any, storage: S3Storage, statement: CatalogStatement) -> Sequence[str]:
    table = statement.table
    match statement.verb:
        case "create database":
            glue.create_database(DatabaseInput={"Name": table.database})
        case "drop database":
            _drop_database(glue, statement)
        case "drop table" | "drop view":
            _drop_table(glue, statement)
        case "msck repair table":
            return repair_partitions(glue, storage, table)
        case _:
            return show(glue, statement)
    return []


def _drop_database(glue: Any, statement: CatalogStatement) -> None:
    name = statement.table.database
    glue.get_database(Name=name)
    if not statement.cascade and glue.get_tables(DatabaseName=name)["TableList"]:
        raise QueryFailed(
            f"FAILED: InvalidOperationException(message:Database {name} is not empty. One or more"
            " tables exist.)",
            "drop the tables first, or add CASCADE",
        )
    glue.delete_database(Name=name)


def _drop_table(glue: Any, statement: CatalogStatement) -> None:
    """Drop a table or a view; the files of a table stay."""
    table = statement.table
    found = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    kind = "view" if found.get("TableType") == VIEW else "table"
    if not statement.verb.endswith(kind):
        raise QueryFailed(
            f"NOT_SUPPORTED: '{table.database}.{table.name}' is a {kind}",
            f"use DROP {kind.upper()}",
        )
    glue.delete_table(DatabaseName=table.database, Name=table.name)
