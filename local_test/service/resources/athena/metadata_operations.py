"""Databases and tables as Athena's API lists them.

Source: Athena API, ListDatabases, GetDatabase, ListTableMetadata, GetTableMetadata.
"""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.athena.resource import refuse
from local_test.service.resources.athena.statements.catalog_listing import (
    list_databases,
    list_tables,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import split_page

_CATALOG = "AwsDataCatalog"
_PAGE = 50
_ATTRIBUTES = ("Name", "Description", "Parameters")


def _open_glue(backend: Backend, call: ApiCall) -> Any:
    """Return a client. Raises ApiError when the request names another catalog."""
    catalog = call.request["CatalogName"]
    if catalog.lower() != _CATALOG.lower():
        raise refuse(
            f"The catalog {catalog} is not supported by the local service. Use {_CATALOG}."
        )
    return backend.aws.client("glue", call.region)


def _get_database(backend: Backend, call: ApiCall) -> Output:
    glue = _open_glue(backend, call)
    try:
        found = glue.get_database(Name=call.request["DatabaseName"])["Database"]
    except ClientError as error:
        raise _make_error(error) from error
    return {"Database": _describe_database(found)}


def _list_databases(backend: Backend, call: ApiCall) -> Output:
    found = [_describe_database(one) for one in list_databases(_open_glue(backend, call))]
    page, token = split_page(found, call.request, _PAGE)
    return {"DatabaseList": page} | token


def _describe_database(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in _ATTRIBUTES if name in found}


def _get_table(backend: Backend, call: ApiCall) -> Output:
    glue, request = _open_glue(backend, call), call.request
    try:
        found = glue.get_table(DatabaseName=request["DatabaseName"], Name=request["TableName"])
    except ClientError as error:
        raise _make_error(error) from error
    return {"TableMetadata": _describe_table(found["Table"])}


def _list_tables(backend: Backend, call: ApiCall) -> Output:
    """List tables; `Expression` is a regular expression for the whole name."""
    try:
        pattern = re.compile(call.request.get("Expression", ".*"), re.IGNORECASE)
        found = list_tables(_open_glue(backend, call), call.request["DatabaseName"])
    except ClientError as error:
        raise _make_error(error) from error
    except re.error as error:
        raise refuse(f"Expression is no regular expression: {error}. Correct it.") from error
    tables = [_describe_table(one) for one in found if pattern.fullmatch(one["Name"])]
    page, token = split_page(tables, call.request, _PAGE)
    return {"TableMetadataList": page} | token


def _describe_table(table: Mapping[str, Any]) -> dict[str, Any]:
    names = {"CreateTime": "CreateTime", "TableType": "TableType", "Parameters": "Parameters"}
    found = {name: table[key] for name, key in names.items() if key in table}
    if "CreateTime" in found:
        found["CreateTime"] = found["CreateTime"].timestamp()
    return {
        "Name": table["Name"],
        "Columns": table["StorageDescriptor"].get("Columns", []),
        "PartitionKeys": table.get("PartitionKeys", []),
        **found,
    }


def _make_error(error: ClientError) -> ApiError:
    details = error.response["Error"]
    message = f"{details['Code']}: {details.get('Message', '').rstrip('.')}. Check the names."
    return ApiError("MetadataException", message)


METADATA_OPERATIONS: Operations = {
    "GetDatabase": _get_database,
    "ListDatabases": _list_databases,
    "GetTableMetadata": _get_table,
    "ListTableMetadata": _list_tables,
}
