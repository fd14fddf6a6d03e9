"""The tables and views of a query, made in DuckDB."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import TableName
from local_test.service.query.table_view import create_view, quote
from local_test.service.query.view_text import VIEW, read_view
from local_test.service.storage.s3 import S3Storage

FindTable = Callable[[TableName], Mapping[str, Any]]


class TableLoader:
    """Makes tables of the catalogue in DuckDB, each once, with those that views read.

    `find_table` returns a table of Glue; `scanned` is the number of bytes of all files.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        storage: S3Storage,
        find_table: FindTable,
        folder: Path,
    ) -> None:
        self._connection, self._storage = connection, storage
        self._find_table, self._folder = find_table, folder
        self._loaded = set[TableName]()
        self._open = list[TableName]()
        self.scanned = 0

    def load(self, names: Iterable[TableName]) -> None:
        """Make tables. Raises QueryFailed when one is missing, or has a format without support."""
        for name in names:
            if name in self._open:
                raise QueryFailed(
                    f"VIEW_IS_RECURSIVE: View 'awsdatacatalog.{name.database}.{name.name}' reads"
                    " itself",
                    "create the view again",
                )
            if name not in self._loaded:
                self._load(name)
                self._loaded.add(name)

    def _load(self, name: TableName) -> None:
        table = {**self._find_table(name), "DatabaseName": name.database, "Name": name.name}
        if table.get("TableType") != VIEW:
            folder = self._folder / str(len(self._loaded))
            self.scanned += create_view(self._connection, self._storage, table, folder)
            return
        from local_test.service.query.sql_parser import parse_query

        sql, database = read_view(table)
        query = parse_query(sql, database)
        self._open.append(name)
        self.load(query.tables)
        self._open.pop()
        columns = ", ".join(quote(one["Name"]) for one in table["StorageDescriptor"]["Columns"])
        schema = quote(name.database)
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._connection.execute(
            f"CREATE VIEW {schema}.{quote(name.name)} ({columns}) AS {query.sql}"
        )
