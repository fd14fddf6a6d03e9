"""Records of version 0.1.0: one JSON file each, below `sagemaker/REGION/KIND` of the state folder.

They move into the database when the service starts. A file whose record is in the database already
is left over of a move that was cut off.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.storage.state.database import Database
from local_test.service.storage.state.rows import make_row, write_row

_FOLDER = "sagemaker"
_FOUND = "SELECT 1 FROM records WHERE kind = ? AND region = ? AND name = ?"
_log = logging.getLogger(__name__)


def import_files(database: Database, folder: Path) -> None:
    """Copy the records of all files to the database, except those that it has.

    Raises UserError when a file cannot be read.
    """
    for (kind, region, name), record in _read_files(folder):
        if not database.execute(_FOUND, (kind, region, name)):
            write_row(database, make_row(kind, region, name, record))


def remove_files(folder: Path) -> None:
    """Remove the files of records, and the folders that they leave empty."""
    count = 0
    for pattern in ("*/*/*.json", "*/*/*.json.new"):
        for path in (folder / _FOLDER).glob(pattern):
            path.unlink()
            count += 1
    for pattern in ("*/*", "*", ""):
        for path in (folder / _FOLDER).glob(pattern) if pattern else [folder / _FOLDER]:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    if count:
        _log.warning("%d files of records moved into the database below %s", count, folder)


def _read_files(folder: Path) -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    for path in sorted((folder / _FOLDER).glob("*/*/*.json")):
        region, kind = path.parts[-3:-1]
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(
                f"{path} cannot be read: {error}", "remove the file, or choose another --state"
            ) from error
        yield (kind, region, path.stem), record
