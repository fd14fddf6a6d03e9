"""Digests of files and tables: what a search that goes on may still use."""

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_FILE = "digests.json"


class _HashingFile(io.RawIOBase):
    """A file whose content is only hashed."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return memoryview(data).nbytes


def hash_table(table: Any) -> str:
    """Return the SHA-256 of a pyarrow table: its columns and all its cells."""
    import pyarrow as pa

    file = _HashingFile()
    with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return file.digest.hexdigest()


def write_digests(folder: Path, files: Sequence[Path]) -> None:
    """Record the SHA-256 of files below a folder, as the last step of making them."""
    digests = {str(path.relative_to(folder)): _hash_file(path) for path in files}
    path, aside = folder / _FILE, folder / f"{_FILE}.new"
    aside.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def has_digests(folder: Path, files: Sequence[Path]) -> bool:
    """Return whether all files are there with the recorded content."""
    try:
        recorded = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return all(
        path.is_file() and recorded.get(str(path.relative_to(folder))) == _hash_file(path)
        for path in files
    )


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
