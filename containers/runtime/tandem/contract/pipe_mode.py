"""Pipe mode: a channel's objects as streams, one FIFO an epoch, `<channel>_0`, `<channel>_1` ...

(Developer Guide, "How Amazon SageMaker AI Provides Training Information".) Opening a FIFO makes the
platform send the whole channel, so it is opened only when it is read.
"""

from __future__ import annotations

import io
import os
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tandem.contract.sigterm import Stop
from tandem.errors import Location, UserError
from tandem.logs import logger

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PATIENCE_SECONDS = 600.0
_GLANCE_SECONDS = 0.2
_FIRST_WORD_SECONDS = 10.0
_BLOCK = 1 << 20


class Pipe:
    """The FIFOs of one channel; each reading opens the next epoch.

    `patience` is how many seconds may pass without a byte.
    """

    def __init__(self, stem: Path, stop: Stop, patience: float = PATIENCE_SECONDS) -> None:
        self._stem = stem
        self._stop = stop
        self._patience = patience
        self._epoch = 0
        self._peeked: io.BufferedReader | None = None

    @property
    def empty(self) -> bool:
        """Whether the next epoch has no byte; the bytes peeked at are read again later."""
        if self._peeked is None:
            self._peeked = self._open_next()
        return not self._peeked.peek(1)

    def open_epoch(self) -> tuple[str, io.BufferedReader]:
        """Return the name and the stream of the next epoch; the caller closes it, even early.

        Raises UserError when there is no byte, or none for `patience` seconds, and Stopped when a
        stop is requested meanwhile.
        """
        if self.empty:
            raise UserError(
                "the pipe ended without a byte",
                where=Location(self._name),
                remedy="There is no object below the channel's S3 prefix, or its sender gave up",
            )
        stream, self._peeked = self._peeked, None
        if stream is None:  # pragma: no cover - `empty` has opened it
            raise AssertionError
        name = self._name
        self._epoch += 1
        return name, stream

    @property
    def _name(self) -> str:
        return f"{self._stem.name}_{self._epoch}"

    def _open_next(self) -> io.BufferedReader:
        watch = _Timeout(self._name, self._stop, self._patience)
        path = self._stem.with_name(self._name)
        while not path.exists():
            watch.check()
            time.sleep(_GLANCE_SECONDS)
        return io.BufferedReader(_Fifo(path, watch), _BLOCK)


class _Timeout:
    """The time a pipe has waited for bytes, limited by `patience` seconds and by a stop."""

    def __init__(self, name: str, stop: Stop, patience: float) -> None:
        self._name = name
        self._stop = stop
        self._patience = patience
        self._told = False
        self.restart()

    def restart(self) -> None:
        """Start the time again."""
        self._since = time.monotonic()

    def check(self) -> None:
        """Raise Stopped when a stop is requested, and UserError when the time is over."""
        self._stop.check()
        waited = time.monotonic() - self._since
        if waited > _FIRST_WORD_SECONDS and not self._told:
            self._told = True
            logger.warning("waiting for data in the pipe %s", self._name)
        if waited > self._patience:
            raise UserError(
                f"no data came through the pipe for {self._patience:g} s",
                where=Location(self._name),
                remedy="The platform's side has stopped sending; start the job again",
            )


class _Fifo(io.RawIOBase):
    def __init__(self, path: Path, watch: _Timeout) -> None:
        super().__init__()
        self._watch = watch
        # Opened without blocking: before a writer opens it there is neither data nor an end.
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._poll.poll(_GLANCE_SECONDS * 1000):
            self._watch.check()
        self._watch.restart()
        return os.readv(self._file, [buffer])

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()
