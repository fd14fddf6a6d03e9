"""A SQLite file of the state folder, used by this process alone and readable by its owner only.

It is in WAL mode: a commit survives a killed process, and a power failure may lose the last ones
(https://www.sqlite.org/pragma.html#pragma_synchronous, NORMAL).
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local_test.service.storage.state.files import make_folder, open_private

_SETTINGS = (
    "locking_mode = EXCLUSIVE",  # before the first access: no file of shared memory is needed
    "temp_store = MEMORY",
)
_WRITING = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


class Database:
    """One connection; the caller lets one thread in at a time. What SQLite raises is an OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        make_folder(path.parent)
        open_private(path, "ab").close()  # SQLite would choose other rights
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in _SETTINGS:
            self._connection.execute(f"PRAGMA {setting}")

    @property
    def version(self) -> int:
        """The version of the tables, 0 for a new file; reading it changes nothing."""
        return int(self.execute("PRAGMA user_version")[0][0])

    def allow_writing(self) -> None:
        """Set what changes the file itself."""
        for setting in _WRITING:
            self.execute(f"PRAGMA {setting}")

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all of its rows."""
        try:
            return self._connection.execute(statement, _encode(values)).fetchall()
        except sqlite3.Error as error:
            raise self._translate(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Context manager: its statements take effect together, or none of them."""
        self.execute("BEGIN IMMEDIATE")
        with ExitStack() as undo:
            undo.callback(self._roll_back)
            yield
            self.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # neither committed, nor ended by a full disk
            self.execute("ROLLBACK")

    def _translate(self, error: sqlite3.Error) -> OSError:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        return OSError(errno.EIO, str(error), str(self._path))


def _encode(values: tuple[object, ...]) -> tuple[object, ...]:
    """Replace lone surrogates, which UTF-8 cannot hold; no name has one, so none is found."""
    return tuple(
        value.encode(errors="replace").decode() if isinstance(value, str) else value
        for value in values
    )
