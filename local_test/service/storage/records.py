"""Records: the state of each resource, in the store of the state folder."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_changes import ChangeFeed, Listener, RecordChange
from local_test.service.storage.record_query import Position, RecordQuery
from local_test.service.storage.record_store import RecordStore
from local_test.service.storage.relation_walk import RelationWalk
from local_test.service.storage.state.migrations import open_store
from local_test.service.storage.state.saver import Saver

RECORD_KIND = "record"
"""The kind of all records for the saver."""

_CHUNK = 100

Record = dict[str, Any]


class Records:
    """All records by resource type, region and name; thread-safe. Returned records are copies."""

    def __init__(self, folder: Path, saver: Saver) -> None:
        """Open the store of a state folder. Raises UserError when it cannot be opened."""
        self._saver = saver
        self._lock = threading.RLock()
        self._store = RecordStore(open_store(folder))
        self._changes = ChangeFeed()

    def subscribe(self, listener: Listener) -> None:
        """Call a listener after each change of a record, in order, in a thread of its own."""
        self._changes.subscribe(listener)

    def observe(self, listener: Listener) -> None:
        """Call a listener at each change of a record, within the change; it may change others."""
        self._changes.observe(listener)

    def close(self) -> None:
        """Wait until the listeners have received all changes; later ones are not delivered."""
        self._changes.close()

    def close_store(self) -> None:
        """Close the store; records can be neither read nor changed any more (OSError)."""
        with self._lock:
            self._store.close()

    def add(self, resource: ResourceType, region: str, name: str, record: Record) -> None:
        """Add a record.

        Raises ApiError when the name is taken, and OSError when the record cannot be saved.
        """
        key = (resource.kind, region, name)
        with self._lock:
            if self._store.find(key) is not None:
                raise resource.name_taken_error(region, name)
            self._store.insert(key, record)
            self._changes.publish(RecordChange(resource, region, name, None, dict(record)))

    def get(self, resource: ResourceType, region: str, name: str) -> Record:
        """Return a record. Raises ApiError when there is none of this name."""
        with self._lock:
            record = self._store.find((resource.kind, region, name))
        if record is None:
            raise resource.not_found_error(region, name)
        return record

    def find_arn(self, region: str, arn: str) -> tuple[str, str] | None:
        """Return kind and name of the record with an ARN, None if there is none in the region."""
        with self._lock:
            key = self._store.find_arn(region, arn)
        return None if key is None else (key[0], key[2])

    def update(self, resource: ResourceType, region: str, name: str, **changes: Any) -> Record:
        """Change fields of a record and return the whole record.

        Raises ApiError when there is none. A full disk does not stop the work that reports its
        progress here: the record is saved later. A response waits for it (`Saver.require`).
        """
        with self._lock:
            before = self.get(resource, region, name)
            record = before | changes
            self._save((resource.kind, region, name), record, removed=False)
            self._changes.publish(RecordChange(resource, region, name, before, dict(record)))
            return record

    def remove(self, resource: ResourceType, region: str, name: str) -> None:
        """Remove a record. Raises ApiError when there is none of this name."""
        with self._lock:
            before = self.get(resource, region, name)
            self._save((resource.kind, region, name), before, removed=True)
            self._changes.publish(RecordChange(resource, region, name, before, None))

    def list_all(
        self,
        resource: ResourceType,
        region: str | None = None,
        statuses: Sequence[str] | None = None,
    ) -> list[tuple[str, Record]]:
        """Return the records of a resource type with their regions, sorted by region and name.

        With `statuses`, only those in one of them.
        """
        with self._lock:
            rows = self._store.list_bodies(resource.kind, region, statuses)
        return [(region, json.loads(body)) for region, body in rows]

    def find_page(
        self, resource: ResourceType, region: str, query: RecordQuery
    ) -> tuple[list[Record], Position | None]:
        """Return one page of the records that a query finds, and where it ends.

        The position is None on the last page.
        """
        with self._lock:
            rows = self._store.run_query(resource.kind, region, query.extend(1))
        page = rows[: query.limit]
        end = page[-1][:2] if page and len(rows) > len(page) else None
        return [json.loads(body) for *_, body in page], end

    def list_regions(self) -> list[str]:
        """Return the regions that have records."""
        with self._lock:
            return self._store.list_regions()

    def walk(self, region: str, walk: RelationWalk) -> dict[str, int]:
        """Return the ARNs that a walk over links reaches and their depths, the start included."""
        with self._lock:
            return dict(self._store.run_walk(region, walk))

    def iterate(self, resource: ResourceType, region: str) -> Iterator[Record]:
        """Yield the records of a resource type and region by name, with few of them in memory."""
        query = RecordQuery(order="name", limit=_CHUNK)
        while True:
            chunk, end = self.find_page(resource, region, query)
            yield from chunk
            if end is None:
                return
            query = replace(query, after=end)

    def lock(self) -> threading.RLock:
        """Return the lock, to check a record and change it without interruption."""
        return self._lock

    def _save(self, key: tuple[str, str, str], record: Record, *, removed: bool) -> None:
        self._store.change(key, record, removed=removed)
        self._saver.save_or_retry((RECORD_KIND, *key), partial(self._write, key))

    def _write(self, key: tuple[str, str, str]) -> None:
        with self._lock:
            self._store.save(key)
