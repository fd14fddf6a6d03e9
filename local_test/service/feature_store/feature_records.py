"""All records of feature groups: what a put, a deletion and a read do to both stores.

Source: API, PutRecord, DeleteRecord, GetRecord.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.feature_store import offline_journal, online_store
from local_test.service.feature_store.event_time import find_expiry
from local_test.service.feature_store.group_schema import FeatureRecord
from local_test.service.feature_store.offline_journal import OfflineJournal, OfflineRow
from local_test.service.feature_store.online_store import (
    OnlineRecord,
    OnlineStore,
    SqliteOnlineStore,
)
from local_test.service.feature_store.redis_store import RedisOnlineStore
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.feature_store.value_error import make_value_error
from local_test.service.storage.state.database import Database

FILE = "features.sqlite"
_MICROSECOND = 1000


@dataclass(frozen=True)
class TargetStores:
    """Which stores of a group a call changes."""

    online: bool
    offline: bool


class FeatureRecords:
    """The records of all groups in a file of the state folder; thread-safe.

    A change of both stores is one transaction, so that a killed service has all of it or nothing.
    Where the online store is on another server, it is changed before the transaction ends: of a
    call that was not answered the online store may have the record alone.
    """

    def __init__(self, folder: Path, settings: StoreSettings | None = None) -> None:
        self._folder = folder
        self.settings = settings or StoreSettings()
        self._lock = threading.RLock()
        self._last = 0
        self.flushing = threading.RLock()
        """Held by the one thread that writes batches of the journal to files."""

    def put(
        self, store: str, record: FeatureRecord, targets: TargetStores, ttl: int | None
    ) -> None:
        """Store a record for `ttl` seconds after its event; an older one is kept offline alone.

        Of two with the same event time the later call counts, as in the SDK's datasets and in
        Amazon's introduction to the feature store.
        """
        expires = None if ttl is None else find_expiry(record.event_time, ttl)
        new = OnlineRecord(record.identifier, record.event_time, record.items, expires)

        def choose(current: OnlineRecord | None) -> OnlineRecord | None:
            return new if current is None or current.event_time <= new.event_time else current

        with self._change() as time:
            if targets.online:
                self.online.change(store, record.identifier, time, choose)
            if targets.offline:
                row = OfflineRow(record.event_time, time, False, record.values)
                self.journal.append(store, row)

    def delete(
        self, store: str, marker: FeatureRecord, targets: TargetStores, *, hard: bool
    ) -> None:
        """Delete a record: it is found no more, and the offline store gets a marker.

        A soft deletion that is not later than the record changes the offline store alone. Raises
        ApiError when a hard one is not later.
        """
        deleted = OnlineRecord(marker.identifier, marker.event_time, None)

        def choose(current: OnlineRecord | None) -> OnlineRecord | None:
            is_later = current is None or current.event_time < marker.event_time
            if not hard:
                return deleted if is_later else current
            if not is_later:
                raise make_value_error(
                    "EventTime is not later than that of the record", "Use a later EventTime"
                )
            return None

        with self._change() as time:
            if targets.online:
                self.online.change(store, marker.identifier, time, choose)
            if targets.offline:
                row = OfflineRow(marker.event_time, time, True, marker.values)
                self.journal.append(store, row)

    def update(
        self,
        store: str,
        identifier: str,
        targets: TargetStores,
        merge: Callable[[OnlineRecord | None], tuple[OnlineRecord, FeatureRecord]],
    ) -> None:
        """Replace a record by what `merge` returns of it; an error of it changes nothing."""
        merged = list[FeatureRecord]()

        def choose(current: OnlineRecord | None) -> OnlineRecord:
            changed, record = merge(current)
            merged[:] = [record]
            return changed

        with self._change() as time:
            if targets.online:
                self.online.change(store, identifier, time, choose)
            else:
                choose(self.online.find(store, identifier, time))
            record = merged[0]
            if targets.offline:
                row = OfflineRow(record.event_time, time, False, record.values)
                self.journal.append(store, row)

    def list_identifiers(self, store: str, after: str, limit: int, *, deleted: bool) -> list[str]:
        """Return the first identifiers behind one, with those of deleted records or without."""
        with self._read():
            return self.online.list_identifiers(store, read_time(), after, limit, deleted=deleted)

    def count_bytes(self, store: str) -> int:
        """Return the size of a group's records in the online store in bytes."""
        with self._read():
            return self.online.count_bytes(store)

    def find(self, store: str, identifier: str, *, deleted: bool = False) -> OnlineRecord | None:
        """Return the stored record of an identifier, None if there is none.

        One that is deleted is returned with `deleted` alone; it has no items.
        """
        with self._read():
            found = self.online.find(store, identifier, read_time())
        return None if found is None or (found.items is None and not deleted) else found

    @property
    def is_used(self) -> bool:
        """Return True if there is a file of records."""
        return (self._folder / FILE).exists()

    def drop(self, store: str) -> None:
        """Remove all records of a group from the online store and from the journal."""
        with self.hold():
            self.online.drop(store)
            self.journal.drop(store)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Context manager: one thread at a time; changes take effect together, or none of them."""
        with self._lock, self._database.transaction():
            yield

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if "online" in self.__dict__:
                self.online.close()
            if "_database" in self.__dict__:
                self._database.close()

    @cached_property
    def online(self) -> OnlineStore:
        """The online store; changes are made within `hold`."""
        url = self.settings.online_url
        return RedisOnlineStore(url) if url else SqliteOnlineStore(self._database)

    @cached_property
    def journal(self) -> OfflineJournal:
        """The journal of the offline store, to be used within `hold`."""
        return OfflineJournal(self._database)

    @cached_property
    def _database(self) -> Database:
        database = Database(self._folder / FILE)
        database.allow_writing()
        for statement in (*online_store.TABLES, *offline_journal.TABLES):
            database.execute(statement)
        return database

    def check_online(self) -> None:
        """Raise UserError unless the server of the online store answers, if it has one."""
        if not self.settings.online_url:
            return
        try:
            self.online.check()
        except ApiError as error:
            raise UserError(
                error.message.rstrip("."), "start the server, or correct --online-store"
            ) from error

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Context manager: a read; one at a time where the online store is in a file."""
        if self.settings.online_url:
            yield
        else:
            with self._lock:
                yield

    @contextmanager
    def _change(self) -> Iterator[int]:
        """Context manager: a change; yield its time, which no other change has."""
        with self.hold():
            self._last = max(read_time(), self._last + _MICROSECOND)
            yield self._last


def read_time() -> int:
    """Return the service's time in nanoseconds since 1970, to the microsecond."""
    return int(SERVICE_CLOCK.read() * 1_000_000) * _MICROSECOND
