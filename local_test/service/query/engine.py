"""Run a query by DuckDB in a folder of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from local_test.service.query.column_types import to_athena
from local_test.service.query.error_reasons import explain_error
from local_test.service.query.query_error import QueryStopped
from local_test.service.query.query_tables import FindTable, TableLoader
from local_test.service.query.result_values import format_line, format_value
from local_test.service.query.statements import QueryResult, SelectQuery
from local_test.service.storage.s3 import S3Storage

_Result = TypeVar("_Result")
_ROWS = 10_000
_POLL_SECONDS = 0.05
_SETTINGS = ("memory_limit = '1GB'", "threads = 2", "TimeZone = 'UTC'", "integer_division = true")


def run_query(
    query: SelectQuery,
    find_table: FindTable,
    storage: S3Storage,
    folder: Path,
    stop: threading.Event,
    work: Callable[[duckdb.DuckDBPyConnection, str], _Result],
) -> tuple[_Result, int]:
    """Do work on a query; return its result and the number of bytes of the tables that it read.

    `work` gets a connection that has the tables, and the SQL. `find_table` returns a table of Glue;
    copies of files are in `folder`. Raises QueryFailed when the query cannot be done, and
    QueryStopped when it is stopped.
    """
    connection = duckdb.connect(
        config={"temp_directory": str(folder / "spill"), "autoinstall_known_extensions": "false"}
    )
    with closing(connection), _interrupt_on(stop, connection):
        try:
            for setting in _SETTINGS:
                connection.execute(f"SET {setting}")
            loader = TableLoader(connection, storage, find_table, folder)
            loader.load(query.tables)
            _lock_down(connection, folder)
            return work(connection, query.sql), loader.scanned
        except duckdb.InterruptException as error:
            raise QueryStopped from error
        except duckdb.Error as error:
            if stop.is_set():
                raise QueryStopped from error
            raise explain_error(str(error), query.text) from error


def write_rows(
    folder: Path,
) -> Callable[[duckdb.DuckDBPyConnection, str], tuple[QueryResult, Path]]:
    """Return the work that writes the rows of a query to a result's CSV in `folder`."""

    def work(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[QueryResult, Path]:
        connection.execute(sql)
        columns, path, count = _list_columns(connection), folder / "rows.csv", 0
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(format_line([name for name, _ in columns]))
            while rows := connection.fetchmany(_ROWS):
                count += len(rows)
                file.writelines(format_line([format_value(one) for one in row]) for row in rows)
        return QueryResult(columns, output_rows=count, output_bytes=path.stat().st_size), path

    return work


def _lock_down(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Let the SQL of a user read the copied files, and no others of this machine."""
    place = str(folder).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{place}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _list_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    description = connection.description or []
    return [(str(item[0]), to_athena(str(item[1]))) for item in description]


@contextmanager
def _interrupt_on(stop: threading.Event, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Context manager: interrupt what the connection runs as soon as it is stopped."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_SECONDS):
            if stop.is_set():
                connection.interrupt()

    watcher = threading.Thread(target=watch, name="query watcher")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
