"""Log lines on disk, a file a stream, so that a restarted service still has them."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from local_test.service.storage.state.files import append, file_name, read_lines
from local_test.service.storage.state.saver import Saver

_OLDEST_SECONDS = 13 * 24 * 3600
"""CloudWatch Logs refuses events of more than 14 days."""

Event = dict[str, Any]
Write = Callable[[str, str, str, Sequence[Event]], None]
_Stream = tuple[str, str, str]


class Lines:
    """Appends events to their stream's file, and gives them back; threads may share it."""

    def __init__(self, folder: Path, saver: Saver) -> None:
        self._folder = folder
        self._saver = saver
        self._lock = threading.Lock()
        self._waiting: dict[_Stream, list[Event]] = {}

    def keep(self, region: str, group: str, name: str, events: Sequence[Event]) -> None:
        """Append the events of one stream, later where the disk refuses now."""
        stream = (region, group, name)
        with self._lock:
            self._waiting.setdefault(stream, []).extend(events)
        self._saver.save_or_later(("log", *stream), partial(self._append, stream))

    def restore(self, write: Write) -> None:
        """Hand every stream's events to `write`, with region, group and stream."""
        oldest = (time.time() - _OLDEST_SECONDS) * 1000
        for path in sorted(self._folder.glob("*/*/*.jsonl")):
            region, group = path.parts[-3:-1]
            events = read_lines(path, "event")
            recent = [event for event in events if event["timestamp"] > oldest]
            write(region, unquote(group), unquote(path.stem), recent)

    def _append(self, stream: _Stream) -> None:
        region, group, name = stream
        folder = self._folder / file_name(region) / quote(group, safe="")
        with self._lock:
            events = self._waiting.get(stream, [])
            text = "".join(f"{json.dumps(event)}\n" for event in events)
            append(folder / f"{quote(name, safe='')}.jsonl", text)
            self._waiting.pop(stream, None)
