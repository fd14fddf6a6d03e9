"""Statements about the catalogue, done by calls of Glue."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.query.column_types import to_duckdb
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import CatalogStatement, TableCreation, TableName

_EXISTS, _MISSING = "AlreadyExistsException", "EntityNotFoundException"
_SERDES = {"parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


def run_catalog_statement(glue: Any, statement: TableCreation | CatalogStatement) -> Sequence[str]:
    """Do a statement and return the lines of its result. Raises QueryFailed when it cannot be done.

    `glue` is a client.
    """
    try:
        if isinstance(statement, TableCreation):
            return _create_table(glue, statement)
        return _run_verb(glue, statement)
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
    parameters = {"EXTERNAL": "TRUE", **statement.properties}
    glue.create_table(
        DatabaseName=_require_database(glue, statement.table),
        TableInput={
            "Name": statement.table.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": _list_columns(statement.partitions),
            "StorageDescriptor": {
                "Columns": _list_columns(statement.columns),
                "Location": statement.location,
                "SerdeInfo": {
                    "SerializationLibrary": _SERDES.get(statement.serde, statement.serde),
                    "Parameters": dict(statement.properties),
                },
            },
        },
    )
    return []


def _list_columns(columns: Any) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]


def _require_database(glue: Any, table: TableName) -> str:
    """Return the database of a new table; `default` is there from the first day, as on AWS."""
    if table.database == "default":
        try:
            glue.create_database(DatabaseInput={"Name": "default"})
        except ClientError as error:
            if error.response["Error"]["Code"] != _EXISTS:
                raise
    return table.database


def _run_verb(glue: Any, statement: CatalogStatement) -> Sequence[str]:
    table = statement.table
    match statement.verb:
        case "create database":
            glue.create_database(DatabaseInput={"Name": table.database})
        case "drop database":
            glue.delete_database(Name=table.database)
        case "drop table":
            glue.get_table(DatabaseName=table.database, Name=table.name)
            glue.delete_table(DatabaseName=table.database, Name=table.name)
        case "repair table":  # the folders of the files are the partitions
            glue.get_table(DatabaseName=table.database, Name=table.name)
        case "show databases":
            return [one["Name"] for one in glue.get_databases()["DatabaseList"]]
        case "show tables":
            found = glue.get_tables(DatabaseName=table.database)["TableList"]
            return sorted(one["Name"] for one in found)
        case "describe table":
            found = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
            columns = [*found["StorageDescriptor"]["Columns"], *found.get("PartitionKeys", ())]
            return [f"{item['Name']}\t{item['Type']}" for item in columns]
        case _:
            raise QueryFailed(f"NOT_SUPPORTED: {statement.verb}", "use another statement")
    return []
