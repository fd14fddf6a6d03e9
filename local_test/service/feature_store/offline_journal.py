"""The journal of the offline store: acknowledged rows that are in no Parquet file yet.

A batch is chosen before its files are written, with the name that they have, so that writing it
again after an interruption replaces the same files: no row is lost and none is doubled.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.feature_store.event_time import NANOSECONDS
from local_test.service.storage.state.database import Database

TABLES = (
    """CREATE TABLE IF NOT EXISTS pending (
        id INTEGER PRIMARY KEY AUTOINCREMENT, store TEXT NOT NULL, row TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS pending_by_store ON pending (store, id)",
    """CREATE TABLE IF NOT EXISTS batches (
        store TEXT PRIMARY KEY, name TEXT NOT NULL, last INTEGER NOT NULL,
        write_time INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS days (
        store TEXT NOT NULL, day INTEGER NOT NULL, rows INTEGER NOT NULL, deleted INTEGER NOT NULL,
        last_event INTEGER NOT NULL, last_call INTEGER NOT NULL,
        PRIMARY KEY (store, day)) WITHOUT ROWID""",
)
_COUNT = f"""SELECT store, json_extract(row, '$[0]') / {24 * 3600 * NANOSECONDS} AS day,
    count(*) AS rows, sum(json_extract(row, '$[2]')) AS deleted,
    max(json_extract(row, '$[0]')) AS last_event, max(json_extract(row, '$[1]')) AS last_call
    FROM pending WHERE store = ? AND id <= ? GROUP BY day"""  # noqa: S608
_ALL = 2**63 - 1
_BATCH = 50_000
_NAME_BYTES = 8


@dataclass(frozen=True)
class OfflineRow:
    """A row of the offline store; times are in nanoseconds since 1970."""

    event_time: int
    api_invocation_time: int
    is_deleted: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class OfflineDay:
    """The rows of a store whose events are of one day: days since 1970, times in nanoseconds.

    `deleted` of the `rows` mark a deletion. `last_event` and `last_call` are the latest times of an
    event and of a call.
    """

    day: int
    rows: int
    deleted: int
    last_event: int
    last_call: int


@dataclass(frozen=True)
class OfflineBatch:
    """Rows that are written together; `name` is the end of the names of their files."""

    store: str
    name: str
    last: int
    write_time: int
    rows: Sequence[OfflineRow]


class OfflineJournal:
    """The journal in tables of a SQLite file; the caller lets one thread in at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, store: str, row: OfflineRow) -> None:
        """Add a row."""
        body = [row.event_time, row.api_invocation_time, row.is_deleted, row.values]
        self._database.execute(
            "INSERT INTO pending (store, row) VALUES (?, ?)", (store, json.dumps(body))
        )

    def count_pending(self) -> Mapping[str, tuple[int, int]]:
        """Return how many rows of each store are pending, and the number of the last one."""
        rows = self._database.execute("SELECT store, count(*), max(id) FROM pending GROUP BY store")
        return {store: (count, last) for store, count, last in rows}

    def choose_batch(self, store: str, time: int) -> OfflineBatch | None:
        """Return the interrupted batch of a store, or else a new one; None if no row is pending.

        `time` is the write time of a new one, in nanoseconds since 1970.
        """
        chosen = self._database.execute(
            "SELECT name, last, write_time FROM batches WHERE store = ?", (store,)
        )
        if not chosen:
            last = self._database.execute(
                "SELECT max(id) FROM (SELECT id FROM pending WHERE store = ? ORDER BY id LIMIT ?)",
                (store, _BATCH),
            )[0][0]
            if last is None:
                return None
            chosen = [(secrets.token_hex(_NAME_BYTES), last, time)]
            self._database.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", (store, *chosen[0]))
        name, last, write_time = chosen[0]
        rows = self._database.execute(
            "SELECT row FROM pending WHERE store = ? AND id <= ? ORDER BY id", (store, last)
        )
        read = [OfflineRow(*json.loads(row)) for (row,) in rows]
        return OfflineBatch(store, name, last, write_time, read)

    def finish_batch(self, batch: OfflineBatch) -> None:
        """Count the rows of a batch whose files are written, and remove them; in a transaction."""
        self._database.execute(
            f"INSERT INTO days {_COUNT} ON CONFLICT DO UPDATE SET rows = rows + excluded.rows,"
            " deleted = deleted + excluded.deleted,"
            " last_event = max(last_event, excluded.last_event),"
            " last_call = max(last_call, excluded.last_call)",
            (batch.store, batch.last),
        )
        self._database.execute(
            "DELETE FROM pending WHERE store = ? AND id <= ?", (batch.store, batch.last)
        )
        self._database.execute("DELETE FROM batches WHERE store = ?", (batch.store,))

    def count_days(self, store: str) -> list[OfflineDay]:
        """Return the rows of a store by the day of their events, the latest first.

        Rows that are in no file yet count as well.
        """
        rows = self._database.execute(
            "SELECT day, sum(rows), sum(deleted), max(last_event), max(last_call) FROM"  # noqa: S608
            " (SELECT day, rows, deleted, last_event, last_call FROM days WHERE store = ?"
            f" UNION ALL SELECT day, rows, deleted, last_event, last_call FROM ({_COUNT}))"
            " GROUP BY day ORDER BY day DESC",
            (store, store, _ALL),
        )
        return [OfflineDay(*row) for row in rows]

    def drop(self, store: str) -> None:
        """Remove what is pending of a store, and its counts."""
        self._database.execute("DELETE FROM days WHERE store = ?", (store,))
        self._database.execute("DELETE FROM pending WHERE store = ?", (store,))
        self._database.execute("DELETE FROM batches WHERE store = ?", (store,))
