"""What the statements of one query work with."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from local_test.service.query.engine import run_query
from local_test.service.query.error_reasons import locate_name
from local_test.service.query.statements import SelectQuery, TableName
from local_test.service.resources.athena.statements.catalog_tables import find_table
from local_test.service.storage.s3 import S3Storage

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class QueryBench:
    """A query's SQL, id and output location, and what it works with; `glue` is a client.

    Copies of files are in `folder`. `location_enforced`: the workgroup chooses where the files of
    new tables are.
    """

    glue: Any
    storage: S3Storage
    folder: Path
    stop: threading.Event
    sql: str
    query_id: str
    output: str
    location_enforced: bool

    def run(
        self, query: SelectQuery, work: Callable[[duckdb.DuckDBPyConnection, str], _Result]
    ) -> tuple[_Result, int]:
        """Do work on a query; return its result and the number of bytes that it read.

        Raises QueryFailed or QueryStopped.
        """
        return run_query(query, self._find_table, self.storage, self.folder, self.stop, work)

    def locate(self, name: str) -> str:
        """Return `line L:C: ` for the first place of a name in the SQL, "" where it has none."""
        return locate_name(self.sql, name)

    def _find_table(self, name: TableName) -> Mapping[str, Any]:
        return find_table(self.glue, name, self.locate(name.name))
