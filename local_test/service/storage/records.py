"""Records: the state of each resource, saved in one JSON file each."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_changes import ChangeFeed, Listener, RecordChange
from local_test.service.storage.state.files import encode_file_name, make_folder, write_json
from local_test.service.storage.state.saver import Saver

RECORD_KIND = "record"
"""The kind of all records for the saver."""

Record = dict[str, Any]
_Key = tuple[str, str, str]


class Records:
    """All records by resource type, region and name; thread-safe. Returned records are copies."""

    def __init__(self, folder: Path, saver: Saver) -> None:
        self._folder = folder
        self._saver = saver
        self._lock = threading.RLock()
        self._records: dict[_Key, Record] = dict(_read_records(folder))
        self._changes = ChangeFeed()

    def subscribe(self, listener: Listener) -> None:
        """Call a listener after each change of a record, in order, in a thread of its own."""
        self._changes.subscribe(listener)

    def close(self) -> None:
        """Wait until the listeners have received all changes; later ones are not delivered."""
        self._changes.close()

    def add(self, resource: ResourceType, region: str, name: str, record: Record) -> None:
        """Add a record.

        Raises ApiError when the name is taken, UserError when no file can have the name, and
        OSError when the record cannot be saved.
        """
        key = (resource.kind, region, name)
        self._path(key)  # a name that no file can have is refused before it is kept
        with self._lock:
            if key in self._records:
                raise resource.name_taken_error(region, name)
            self._records[key] = record
            try:
                self._write(key)
            except OSError:
                del self._records[key]
                raise
            self._changes.publish(RecordChange(resource, region, name, None, dict(record)))

    def get(self, resource: ResourceType, region: str, name: str) -> Record:
        """Return a record. Raises ApiError when there is none of this name."""
        with self._lock:
            try:
                return dict(self._records[resource.kind, region, name])
            except KeyError as error:
                raise resource.not_found_error(region, name) from error

    def update(self, resource: ResourceType, region: str, name: str, **changes: Any) -> Record:
        """Change fields of a record and return the whole record.

        Raises ApiError when there is none. A full disk does not stop the work that reports its
        progress here: the record is saved later. A response waits for it (`Saver.require`).
        """
        key = (resource.kind, region, name)
        with self._lock:
            before = self.get(resource, region, name)
            record = before | changes
            self._records[key] = record
            self._saver.save_or_retry((RECORD_KIND, *key), partial(self._write, key))
            self._changes.publish(RecordChange(resource, region, name, before, dict(record)))
            return record

    def remove(self, resource: ResourceType, region: str, name: str) -> None:
        """Remove a record. Raises ApiError when there is none of this name."""
        with self._lock:
            before = self.get(resource, region, name)
            key = (resource.kind, region, name)
            del self._records[key]
            self._saver.save_or_retry((RECORD_KIND, *key), partial(self._write, key))
            self._changes.publish(RecordChange(resource, region, name, before, None))

    def list_all(
        self, resource: ResourceType, region: str | None = None
    ) -> list[tuple[str, Record]]:
        """Return the records of a resource type with their regions, sorted by region and name."""
        with self._lock:
            return [
                (record_region, dict(record))
                for (kind, record_region, _), record in sorted(self._records.items())
                if kind == resource.kind and region in {None, record_region}
            ]

    def lock(self) -> threading.RLock:
        """Return the lock, to check a record and change it without interruption."""
        return self._lock

    def _write(self, key: _Key) -> None:
        """Write a record's file, or delete it when the record was removed."""
        path = self._path(key)
        with self._lock:
            if key in self._records:
                make_folder(path.parent)
                write_json(path, self._records[key], indent=1)
            else:
                path.unlink(missing_ok=True)

    def _path(self, key: _Key) -> Path:
        kind, region, name = key
        if encode_file_name(name) != name or encode_file_name(region) != region:
            raise UserError(f"unsupported name {name!r}", "use letters, digits and hyphens")
        return self._folder / region / kind / f"{name}.json"


def _read_records(folder: Path) -> Iterator[tuple[_Key, Record]]:
    for path in sorted(folder.glob("*/*/*.json")):
        region, kind = path.parts[-3:-1]
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(
                f"{path} cannot be read: {error}", "remove the file, or choose another --state"
            ) from error
        yield (kind, region, path.stem), record
