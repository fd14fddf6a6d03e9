"""Log lines on disk, one file per stream, so that a restart keeps them."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from local_test.service.storage.state.files import append_text, encode_file_name, read_lines
from local_test.service.storage.state.saver import Saver

_OLDEST_SECONDS = 13 * 24 * 3600
"""CloudWatch Logs refuses events of more than 14 days."""

LogEvent = dict[str, Any]
WriteEvents = Callable[[str, str, str, Sequence[LogEvent]], None]
_Stream = tuple[str, str, str]


class LogLines:
    """Saves the events of log streams, and restores them; thread-safe."""

    def __init__(self, folder: Path, saver: Saver) -> None:
        self._folder = folder
        self._saver = saver
        self._lock = threading.Lock()
        self._pending: dict[_Stream, list[LogEvent]] = {}

    def append(self, region: str, group: str, name: str, events: Sequence[LogEvent]) -> None:
        """Save events of one stream, later if the disk refuses them now."""
        stream = (region, group, name)
        with self._lock:
            self._pending.setdefault(stream, []).extend(events)
        self._saver.save_or_retry(("log", *stream), partial(self._write_pending, stream))

    def restore(self, write: WriteEvents) -> None:
        """Call `write` with region, group, name and recent events of every stream."""
        oldest = (time.time() - _OLDEST_SECONDS) * 1000
        for path in sorted(self._folder.glob("*/*/*.jsonl")):
            region, group = path.parts[-3:-1]
            events = read_lines(path, "event")
            recent = [event for event in events if event["timestamp"] > oldest]
            write(region, unquote(group), unquote(path.stem), recent)

    def _write_pending(self, stream: _Stream) -> None:
        region, group, name = stream
        folder = self._folder / encode_file_name(region) / quote(group, safe="")
        with self._lock:
            events = self._pending.get(stream, [])
            text = "".join(f"{json.dumps(event)}\n" for event in events)
            append_text(folder / f"{quote(name, safe='')}.jsonl", text)
            self._pending.pop(stream, None)
