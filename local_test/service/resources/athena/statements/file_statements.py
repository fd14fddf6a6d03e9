"""Statements that write files of rows: UNLOAD, CREATE TABLE AS and INSERT INTO.

Sources: Athena User Guide, 'UNLOAD', 'CREATE TABLE AS' and 'INSERT INTO'.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from local_test.service.iceberg.support import is_iceberg
from local_test.service.query.column_types import choose_written, fits, to_catalog, to_duckdb
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.result_files import WrittenFiles, write_files
from local_test.service.query.statements import (
    FileOptions,
    Insertion,
    QueryResult,
    SelectQuery,
    TableCreation,
    TableFromQuery,
    UnloadStatement,
    WritingStatement,
)
from local_test.service.query.table_view import quote, read_options
from local_test.service.resources.athena.statements.catalog_statements import (
    SERDES,
    describe_table,
    require_database,
)
from local_test.service.resources.athena.statements.catalog_tables import find_table, get_table
from local_test.service.resources.athena.statements.query_bench import QueryBench
from local_test.service.resources.athena.statements.table_partitions import add_partitions
from local_test.service.resources.athena.statements.written_files import require_empty, upload_files
from local_test.service.storage.s3 import S3Uri, parse_uri

_FORMATS = {"parquethiveserde": "PARQUET", "orcserde": "ORC", "lazysimpleserde": "TEXTFILE"}


def write_statement(bench: QueryBench, statement: WritingStatement) -> QueryResult:
    """Do a statement. Raises QueryFailed, or QueryStopped before anything is uploaded."""
    if isinstance(statement, UnloadStatement):
        return _unload(bench, statement)
    if isinstance(statement, TableFromQuery):
        return _create_table(bench, statement)
    return _insert(bench, statement)


def _write(
    bench: QueryBench,
    query: SelectQuery,
    options: FileOptions,
    partitions: Sequence[str],
    prepare: Callable[[duckdb.DuckDBPyConnection, str], str] = lambda _connection, sql: sql,
) -> tuple[WrittenFiles, QueryResult]:
    """Write the rows of a query to files here; `prepare` returns the SQL of the written rows."""

    def work(connection: duckdb.DuckDBPyConnection, sql: str) -> WrittenFiles:
        rows = prepare(connection, sql)
        return write_files(connection, rows, bench.folder / "written", options, partitions)

    written, scanned = bench.run(query, work)
    result = QueryResult([("rows", "bigint")], scanned, written.rows, written.rows, written.size)
    return written, result


def _unload(bench: QueryBench, statement: UnloadStatement) -> QueryResult:
    target = require_empty(bench.storage, statement.location, "UNLOAD")
    written, result = _write(bench, statement.query, statement.options, statement.partitions)
    upload_files(bench, written, target)
    return result


def _create_table(bench: QueryBench, statement: TableFromQuery) -> QueryResult:
    table, form = statement.table, statement.options.form
    name = f"'awsdatacatalog.{table.database}.{table.name}'"
    require_database(bench.glue, table.database)
    if get_table(bench.glue, table) is not None:
        if statement.exists_ok:
            return QueryResult([("rows", "bigint")])
        raise QueryFailed(
            f"TABLE_ALREADY_EXISTS: line 1:1: Destination table {name} already exists",
            "drop it, or choose another name",
        )
    target = require_empty(bench.storage, _choose_location(bench, statement), f"table {name}")
    query = statement.query
    if not statement.has_rows:
        query = replace(query, sql=f"SELECT * FROM ({query.sql}) LIMIT 0")  # noqa: S608
    written, result = _write(bench, query, statement.options, statement.partitions)
    types = {one.lower(): to_catalog(one, kind) for one, kind in written.columns.items()}
    upload_files(bench, written, target)
    creation = TableCreation(
        table,
        {one: kind for one, kind in types.items() if one not in statement.partitions},
        {one: types[one] for one in statement.partitions},
        f"{target}/",
        SERDES[form.lower()],
        {"field.delim": statement.options.delimiter} if form == "TEXTFILE" else {},
    )
    bench.glue.create_table(DatabaseName=table.database, TableInput=describe_table(creation))
    if statement.partitions:
        add_partitions(bench.glue, table, written.partitions)
    return result


def _choose_location(bench: QueryBench, statement: TableFromQuery) -> str:
    """Return where the files of a new table are: where the statement says, or beside results."""
    if statement.location is None:
        return bench.output
    if bench.location_enforced:
        raise QueryFailed(
            "NOT_SUPPORTED: external_location: the workgroup enforces the location of results",
            "remove external_location",
        )
    return statement.location


def _insert(bench: QueryBench, statement: Insertion) -> QueryResult:
    name = statement.table
    table = find_table(bench.glue, name, bench.locate(name.name))
    options = _find_format(table)
    keys = [item["Name"] for item in table.get("PartitionKeys", ())]
    columns = {
        item["Name"]: to_duckdb(item["Type"])
        for item in (*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", ()))
    }

    def prepare(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
        kinds = [str(row[1]) for row in connection.execute(f"DESCRIBE {sql}").fetchall()]
        given = _match_columns(columns, statement.columns, kinds)
        aliases = ", ".join(f"c{number}" for number in range(len(kinds)))
        selected = ", ".join(
            f"CAST({given.get(one, 'NULL')} AS {kind}) AS {quote(one)}"
            for one, kind in columns.items()
        )
        return f"SELECT {selected} FROM ({sql}) AS rows({aliases})"  # noqa: S608

    written, result = _write(bench, statement.query, options, keys, prepare)
    location = parse_uri(table["StorageDescriptor"]["Location"])
    upload_files(bench, written, S3Uri(location.bucket, location.key.strip("/")))
    if keys:
        add_partitions(bench.glue, name, written.partitions)
    return result


def _find_format(table: Mapping[str, Any]) -> FileOptions:
    serde = table["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
    library = serde.rpartition(".")[2].lower()
    form = "JSON" if library == "jsonserde" else _FORMATS.get(library)
    if table.get("TableType") == "VIRTUAL_VIEW" or form is None:
        kind = "ICEBERG" if is_iceberg(table) else table.get("TableType")
        what = serde or kind
        raise QueryFailed(
            f"NOT_SUPPORTED: INSERT INTO table {table['Name']}, whose files are of {what}",
            "use a table in Parquet, ORC, JSON or text with LazySimpleSerDe",
        )
    delimiter = read_options(table).get("field.delim", FileOptions.delimiter)
    return FileOptions(form, delimiter=delimiter)


def _match_columns(
    columns: Mapping[str, str], names: Sequence[str] | None, kinds: Sequence[str]
) -> Mapping[str, str]:
    """Return the alias of each column's value in the query.

    Raises QueryFailed unless the query gives each named column a value of its type.
    """
    targets = list(columns) if names is None else list(names)
    for one in targets:
        if one not in columns or targets.count(one) > 1:
            problem = "is given twice" if one in columns else "does not exist"
            raise QueryFailed(
                f"COLUMN_NOT_FOUND: Insert column name {problem}: {one}",
                f"use {', '.join(columns)}",
            )
    plain = list(map(choose_written, kinds))
    expected = [columns[one] for one in targets]
    if len(plain) != len(targets) or not all(map(fits, plain, expected)):
        raise QueryFailed(
            "TYPE_MISMATCH: Insert query has mismatched column types: Table:"
            f" [{', '.join(expected).lower()}], Query: [{', '.join(plain).lower()}]",
            "cast the columns of the query",
        )
    return {one: f"c{number}" for number, one in enumerate(targets)}
