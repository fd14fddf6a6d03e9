"""Save state to disk, and retry what the disk refused."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from local_test.errors import UserError

_PAUSE_SECONDS = 0.5
_LAST_ROUNDS = 4
_log = logging.getLogger(__name__)

Key = tuple[str, ...]
Write = Callable[[], None]


class Saver:
    """Writes the files of a state folder; thread-safe.

    Each piece of state has a key, and a function that writes its file from the state in memory, so
    that it may be called at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._late: dict[Key, tuple[Write, OSError]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)

    def start(self) -> None:
        """Start the thread that retries."""
        self._thread.start()

    def save(self, key: Key, write: Write) -> None:
        """Write now. Raises OSError when the disk refuses; writing is then retried."""
        error = self._try(key, write)
        if error is not None:
            raise error

    def save_or_retry(self, key: Key, write: Write) -> None:
        """Write now, or later if the disk refuses."""
        self._try(key, write)

    def require(self, kind: str) -> None:
        """Retry what is unsaved of a kind. Raises OSError when the disk still refuses it."""
        for key, (write, _) in self._list_late():
            if key[0] == kind:
                self.save(key, write)

    @property
    def unsaved(self) -> dict[str, str]:
        """The keys of unsaved state, each with the system's error."""
        return {" ".join(key): str(error) for key, (_, error) in self._list_late()}

    def close(self) -> None:
        """Write the remaining state. Raises UserError when that fails."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for _ in range(_LAST_ROUNDS):
            self._retry_all()
            if not self._late:
                return
            threading.Event().wait(_PAUSE_SECONDS)
        first, why = next(iter(self.unsaved.items()))
        raise UserError(
            f"{len(self._late)} changes are not saved below {self._folder}, one is {first}: {why}",
            "they are lost; make room and repeat them",
        )

    def _try(self, key: Key, write: Write) -> OSError | None:
        with self._lock:
            before = self._late.pop(key, None)
        try:
            write()
        except OSError as error:
            with self._lock:
                self._late[key] = write, error
            if before is None:
                _log.error("not saved below %s: %s: %s", self._folder, " ".join(key), error)
            return error
        if before is not None:
            _log.warning("saved again: %s", " ".join(key))
        return None

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            self._retry_all()

    def _retry_all(self) -> None:
        for key, (write, _) in self._list_late():
            self._try(key, write)

    def _list_late(self) -> list[tuple[Key, tuple[Write, OSError]]]:
        with self._lock:
            return list(self._late.items())
