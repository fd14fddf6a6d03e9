"""The online store: the latest record of each identifier.

Source: API, PutRecord: a record replaces the stored one unless its event is older.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from local_test.service.feature_store.group_schema import FeatureItem
from local_test.service.storage.state.database import Database

TABLES = (
    """CREATE TABLE IF NOT EXISTS online (
        store TEXT NOT NULL, identifier TEXT NOT NULL, event_time INTEGER NOT NULL,
        expires INTEGER, items TEXT,
        PRIMARY KEY (store, identifier)) WITHOUT ROWID""",
)


@dataclass(frozen=True)
class OnlineRecord:
    """What is stored of an identifier: times in nanoseconds since 1970, items None if deleted."""

    identifier: str
    event_time: int
    items: Sequence[FeatureItem] | None
    expires: int | None = None

    def is_expired(self, time: int) -> bool:
        """Return True if the record is gone at a time (nanoseconds since 1970)."""
        return self.expires is not None and self.expires <= time


class OnlineStore(Protocol):
    """The latest records of all groups; `store` is the key of a group's records.

    Every method sees records that expire after `time` (nanoseconds since 1970) alone.
    """

    def find(self, store: str, identifier: str, time: int) -> OnlineRecord | None:
        """Return the record of an identifier, deleted ones too, None if there is none."""
        ...

    def change(
        self,
        store: str,
        identifier: str,
        time: int,
        choose: Callable[[OnlineRecord | None], OnlineRecord | None],
    ) -> None:
        """Replace what is stored by what `choose` returns of it, None for nothing."""
        ...

    def list_identifiers(
        self, store: str, time: int, after: str, limit: int, *, deleted: bool
    ) -> list[str]:
        """Return the first identifiers behind one in the order of text, or deleted ones too."""
        ...

    def count_bytes(self, store: str) -> int:
        """Return the size of a group's records in bytes."""
        ...

    def drop(self, store: str) -> None:
        """Remove all records of a group."""
        ...

    def check(self) -> None:
        """Raise ApiError unless the store can be reached."""
        ...

    def close(self) -> None:
        """Close what the store opened by itself."""
        ...


class SqliteOnlineStore:
    """The online store in a table of a SQLite file; the caller lets one thread in at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, store: str, identifier: str, time: int) -> OnlineRecord | None:
        """Return the record of an identifier, deleted ones too, None if there is none."""
        rows = self._database.execute(
            "SELECT event_time, items, expires FROM online WHERE store = ? AND identifier = ?",
            (store, identifier),
        )
        if not rows:
            return None
        event_time, items, expires = rows[0]
        decoded = None if items is None else json.loads(items)
        record = OnlineRecord(identifier, event_time, decoded, expires)
        return None if record.is_expired(time) else record

    def change(
        self,
        store: str,
        identifier: str,
        time: int,
        choose: Callable[[OnlineRecord | None], OnlineRecord | None],
    ) -> None:
        """Replace what is stored by what `choose` returns of it, None for nothing."""
        current = self.find(store, identifier, time)
        chosen = choose(current)
        if chosen is None:
            self._database.execute(
                "DELETE FROM online WHERE store = ? AND identifier = ?", (store, identifier)
            )
        elif chosen is not current:
            items = None if chosen.items is None else json.dumps(chosen.items)
            self._database.execute(
                "INSERT OR REPLACE INTO online VALUES (?, ?, ?, ?, ?)",
                (store, identifier, chosen.event_time, chosen.expires, items),
            )

    def list_identifiers(
        self, store: str, time: int, after: str, limit: int, *, deleted: bool
    ) -> list[str]:
        """Return the first identifiers behind one in the order of text, or deleted ones too."""
        rows = self._database.execute(
            "SELECT identifier FROM online WHERE store = ? AND identifier > ?"
            " AND (expires IS NULL OR expires > ?) AND (items IS NOT NULL OR ?)"
            " ORDER BY identifier LIMIT ?",
            (store, after, time, deleted, limit),
        )
        return [row[0] for row in rows]

    def count_bytes(self, store: str) -> int:
        """Return the size of a group's records in bytes."""
        rows = self._database.execute(
            "SELECT total(length(identifier) + length(coalesce(items, '')) + 16) FROM online"
            " WHERE store = ?",
            (store,),
        )
        return int(rows[0][0])

    def drop(self, store: str) -> None:
        """Remove all records of a group."""
        self._database.execute("DELETE FROM online WHERE store = ?", (store,))

    def check(self) -> None:
        """Do nothing: the file belongs to this process."""

    def close(self) -> None:
        """Do nothing: the file is closed by its owner."""
