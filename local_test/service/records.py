"""What the service knows of each thing it made: one JSON file each, so a restart knows it too."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.resources import Resource
from local_test.service.state.files import file_name, make_folder, write_json

Record = dict[str, Any]
_Key = tuple[str, str, str]


class Records:
    """All records by kind, region and name; threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._records: dict[_Key, Record] = dict(_read(folder))

    def add(self, resource: Resource, region: str, name: str, record: Record) -> None:
        """Keep a new record; a name that is taken is a Fault."""
        with self._lock:
            if (resource.kind, region, name) in self._records:
                raise resource.taken(region, name)
            self._keep((resource.kind, region, name), record)

    def get(self, resource: Resource, region: str, name: str) -> Record:
        """Give a record; a name that is not there is a Fault."""
        with self._lock:
            try:
                return dict(self._records[resource.kind, region, name])
            except KeyError as error:
                raise resource.missing(region, name) from error

    def update(self, resource: Resource, region: str, name: str, **changes: Any) -> Record:
        """Change fields of a record and give the whole of it."""
        with self._lock:
            record = self.get(resource, region, name) | changes
            self._keep((resource.kind, region, name), record)
            return record

    def remove(self, resource: Resource, region: str, name: str) -> None:
        """Forget a record; a name that is not there is a Fault."""
        with self._lock:
            self.get(resource, region, name)
            del self._records[resource.kind, region, name]
            self._path((resource.kind, region, name)).unlink()

    def every(self, resource: Resource, region: str | None = None) -> list[tuple[str, Record]]:
        """Give the records of a kind with their regions, in the order of their names."""
        with self._lock:
            return [
                (place, dict(record))
                for (kind, place, _), record in sorted(self._records.items())
                if kind == resource.kind and region in {None, place}
            ]

    def lock(self) -> threading.RLock:
        """Give the lock, for who looks and then changes."""
        return self._lock

    def _keep(self, key: _Key, record: Record) -> None:
        path = self._path(key)
        make_folder(path.parent)
        write_json(path, record, indent=1)
        self._records[key] = record

    def _path(self, key: _Key) -> Path:
        kind, region, name = key
        if file_name(name) != name or file_name(region) != region:
            raise UserError(f"unsupported name {name!r}", "use letters, digits and hyphens")
        return self._folder / region / kind / f"{name}.json"


def _read(folder: Path) -> Iterator[tuple[_Key, Record]]:
    for path in sorted(folder.glob("*/*/*.json")):
        region, kind = path.parts[-3:-1]
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(
                f"{path} cannot be read: {error}", "remove the file, or choose another --state"
            ) from error
        yield (kind, region, path.stem), record
