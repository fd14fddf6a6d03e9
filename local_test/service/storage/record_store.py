"""The table of records, and beside it in memory the changes that a full disk has refused."""

import json
from collections.abc import Sequence
from typing import Any

from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.relation_walk import RelationWalk
from local_test.service.storage.state.database import Database
from local_test.service.storage.state.rows import COLUMNS, Row, delete_row, make_row, write_row

Key = tuple[str, str, str]
"""Kind, region and name of a record."""

_COLUMNS = ", ".join(COLUMNS)
_SAME = "kind = ? AND region = ? AND name = ?"
_OVERLAY = (
    f"CREATE TEMP TABLE unsaved ({_COLUMNS}, removed, PRIMARY KEY (kind, region, name))",
    f"""CREATE TEMP VIEW current AS
        SELECT {_COLUMNS} FROM main.records AS saved WHERE NOT EXISTS (
            SELECT 1 FROM unsaved WHERE unsaved.kind = saved.kind
            AND unsaved.region = saved.region AND unsaved.name = saved.name)
        UNION ALL SELECT {_COLUMNS} FROM unsaved WHERE NOT removed""",  # noqa: S608
)


class RecordStore:
    """Rows of records; one thread at a time. Reads see the changes that are not saved, too."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unsaved: dict[Key, tuple[Row, bool]] = {}
        for statement in _OVERLAY:  # temporary tables are in memory
            database.execute(statement)

    def find(self, key: Key) -> dict[str, Any] | None:
        """Return a record, None if there is none."""
        rows = self._database.execute(f"SELECT body FROM {self._source} WHERE {_SAME}", key)  # noqa: S608
        return json.loads(rows[0][0]) if rows else None

    def find_arn(self, region: str, arn: str) -> Key | None:
        """Return the key of the record with an ARN in a region, None if there is none."""
        rows = self._database.execute(
            f"SELECT kind, region, name FROM {self._source} WHERE arn = ? AND region = ?",  # noqa: S608
            (arn, region),
        )
        return rows[0] if rows else None

    def insert(self, key: Key, record: dict[str, Any]) -> None:
        """Write a new record. Raises OSError when the disk refuses it; then nothing is changed."""
        with self._database.transaction():
            write_row(self._database, make_row(*key, record))
        self._forget(key)

    def change(self, key: Key, record: dict[str, Any], *, removed: bool = False) -> None:
        """Change or remove a record in memory, until `save` writes it."""
        self._unsaved[key] = make_row(*key, record), removed

    def save(self, key: Key) -> None:
        """Write the unsaved change of a record, if there is one.

        Raises OSError when the disk refuses it; then it stays in memory, where reads find it.
        """
        if key not in self._unsaved:
            return
        row, removed = self._unsaved[key]
        try:
            with self._database.transaction():
                (delete_row if removed else write_row)(self._database, row)
        except OSError:
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            statement = f"INSERT OR REPLACE INTO unsaved VALUES ({marks})"  # noqa: S608
            self._database.execute(statement, (*row.columns, removed))
            raise
        self._forget(key)

    def list_bodies(
        self, kind: str, region: str | None, statuses: Sequence[str] | None
    ) -> list[tuple[str, str]]:
        """Return region and body of the records of a kind, sorted by region and name."""
        conditions, values = ["kind = ?"], [kind]
        if region is not None:
            conditions, values = [*conditions, "region = ?"], [*values, region]
        if statuses is not None:
            conditions.append(f"status IN ({', '.join('?' * len(statuses))})")
            values += statuses
        return self._database.execute(
            f"SELECT region, body FROM {self._source} WHERE {' AND '.join(conditions)}"  # noqa: S608
            " ORDER BY region, name",
            tuple(values),
        )

    def run_query(self, kind: str, region: str, query: RecordQuery) -> list[tuple[Any, str, str]]:
        """Return order value, name and body of the records that a query finds, in its order."""
        return self._database.execute(*query.build_sql(self._source, kind, region))

    def list_regions(self) -> list[str]:
        """Return the regions that have records."""
        statement = f"SELECT DISTINCT region FROM {self._source} ORDER BY region"  # noqa: S608
        return [region for (region,) in self._database.execute(statement)]

    def run_walk(self, region: str, walk: RelationWalk) -> list[tuple[str, int]]:
        """Return the ARNs that a walk reaches with their least depths, the start first."""
        return self._database.execute(*walk.build_sql(self._source, region))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _forget(self, key: Key) -> None:
        if self._unsaved.pop(key, None) is not None:
            self._database.execute(f"DELETE FROM unsaved WHERE {_SAME}", key)  # noqa: S608

    @property
    def _source(self) -> str:
        return "current" if self._unsaved else "main.records"
