"""Run a query by DuckDB in a folder of its own, and write its result to a file."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from local_test.service.query.column_types import to_athena
from local_test.service.query.query_error import QueryFailed, QueryStopped
from local_test.service.query.result_files import write_file
from local_test.service.query.result_values import format_line, format_value
from local_test.service.query.statements import FileOptions, QueryResult, SelectQuery, TableName
from local_test.service.query.table_view import create_view
from local_test.service.storage.s3 import S3Storage

_ROWS = 10_000
_POLL_SECONDS = 0.05
_SETTINGS = ("memory_limit = '1GB'", "threads = 2", "TimeZone = 'UTC'", "integer_division = true")


def run_query(
    query: SelectQuery,
    find_table: Callable[[TableName], Mapping[str, Any]],
    storage: S3Storage,
    folder: Path,
    stop: threading.Event,
    options: FileOptions | None = None,
) -> tuple[QueryResult, Path]:
    """Run a query and return its result with the file of its rows, in a new folder.

    The file is a result's CSV, or of a format for UNLOAD with `options`. `find_table` returns a
    table of Glue. Raises QueryFailed when the query cannot be done, and QueryStopped when it is
    stopped.
    """
    connection = duckdb.connect(
        config={"temp_directory": str(folder / "spill"), "autoinstall_known_extensions": "false"}
    )
    with closing(connection), _interrupt_on(stop, connection):
        try:
            for setting in _SETTINGS:
                connection.execute(f"SET {setting}")
            scanned = 0
            for number, name in enumerate(query.tables):
                table = {**find_table(name), "DatabaseName": name.database, "Name": name.name}
                scanned += create_view(connection, storage, table, folder / str(number))
            _lock_down(connection, folder)
            if options is not None:
                path, rows = write_file(connection, query.sql, folder, options)
                return QueryResult([("rows", "bigint")], scanned, rows), path
            connection.execute(query.sql)
            return QueryResult(_list_columns(connection), scanned), _write_rows(connection, folder)
        except duckdb.InterruptException as error:
            raise QueryStopped from error
        except duckdb.Error as error:
            if stop.is_set():
                raise QueryStopped from error
            raise QueryFailed(str(error).partition("\n")[0], "correct the SQL") from error


def _lock_down(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Let the SQL of a user read the copied files, and no others of this machine."""
    place = str(folder).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{place}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _list_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    description = connection.description or []
    return [(str(item[0]), to_athena(str(item[1]))) for item in description]


def _write_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(format_line([name for name, _ in _list_columns(connection)]))
        while rows := connection.fetchmany(_ROWS):
            file.writelines(format_line([format_value(one) for one in row]) for row in rows)
    return path


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
