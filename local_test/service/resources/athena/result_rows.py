"""GetQueryResults: pages of the rows of a result; the first row of a query names the columns.

Source: Athena API, GetQueryResults.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.query.result_values import parse_lines
from local_test.service.query.statements import WRITING
from local_test.service.resources.athena.resource import refuse
from local_test.service.resources.pagination import split_page
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Storage, parse_uri

_MAX_ROWS = 1000
_PRECISION = {"varchar": 2147483647, "bigint": 19, "integer": 10, "double": 17, "float": 17}


def read_results(storage: S3Storage, record: Record, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of rows. Raises ApiError unless the query has succeeded."""
    state = record["QueryExecutionStatus"]
    if state != "SUCCEEDED":
        query_id = record["QueryExecutionId"]
        raise refuse(f"Query {query_id} has no results: its state is {state}. Wait for SUCCEEDED.")
    writes = record.get("SubstatementType") in WRITING
    text = "" if writes else storage.read(parse_uri(record["OutputLocation"])).decode()
    rows: Sequence[list[str | None]]
    if writes:
        rows = []
    elif record["StatementType"] == "DML":
        rows = list(parse_lines(text))
    else:
        rows = [[line] for line in text.splitlines()]
    page, token = split_page(rows, dict(request), _MAX_ROWS)
    return {
        "UpdateCount": record.get("WrittenRows", 0) if writes else 0,
        "ResultSet": {
            "Rows": [{"Data": [_make_datum(cell) for cell in row]} for row in page],
            "ResultSetMetadata": {"ColumnInfo": list(map(_describe_column, record["Columns"]))},
        },
    } | token


def _make_datum(cell: str | None) -> dict[str, str]:
    return {} if cell is None else {"VarCharValue": cell}


def _describe_column(column: Mapping[str, str]) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column["Name"],
        "Label": column["Name"],
        "Type": column["Type"],
        "Precision": _PRECISION.get(column["Type"], 0),
        "Scale": 0,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column["Type"] == "varchar",
    }
