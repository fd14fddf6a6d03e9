"""Records as version 0.1.0 kept them: all in memory, and one JSON file each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_test.service.storage.state.files import make_folder, write_json

Record = dict[str, Any]


class FileRecords:
    """The records of one type and region, with the work that 0.1.0 did for each call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[tuple[str, str, str], Record] = {}
        for path in sorted(folder.glob("*/*/*.json")):
            region, kind = path.parts[-3:-1]
            self._records[kind, region, path.stem] = json.loads(path.read_text(encoding="utf-8"))

    def add(self, kind: str, region: str, name: str, record: Record) -> None:
        """Add a record and write its file."""
        self._records[kind, region, name] = record
        self._write(kind, region, name)

    def update(self, kind: str, region: str, name: str, **changes: Any) -> None:
        """Change a record and write its file."""
        self._records[kind, region, name] = dict(self._records[kind, region, name]) | changes
        self._write(kind, region, name)

    def list_page(self, kind: str, region: str, limit: int) -> list[Record]:
        """Return the newest records."""
        matching = [
            dict(record)
            for (record_kind, record_region, _), record in sorted(self._records.items())
            if kind == record_kind and region == record_region
        ]
        matching.sort(key=lambda record: float(record["CreationTime"]), reverse=True)
        return matching[:limit]

    def find_arn(self, kind: str, region: str, arn: str) -> Record:
        """Return the record with an ARN."""
        field = f"{kind}Arn"
        records = self.list_page(kind, region, len(self._records))
        return next(record for record in records if record[field] == arn)

    def _write(self, kind: str, region: str, name: str) -> None:
        path = self._folder / region / kind / f"{name}.json"
        make_folder(path.parent)
        write_json(path, self._records[kind, region, name], indent=1)
