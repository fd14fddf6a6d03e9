"""Log lines on disk, a file a stream, so that a restarted service still has them."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from local_test.service.state.files import make_folder, open_private

_OLDEST_SECONDS = 13 * 24 * 3600
"""CloudWatch Logs refuses events of more than 14 days."""

Event = dict[str, Any]
Write = Callable[[str, str, str, Sequence[Event]], None]


class Lines:
    """Appends events to their stream's file, and gives them back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, region: str, group: str, name: str, events: Sequence[Event]) -> None:
        """Append the events of one stream."""
        path = self._folder / region / quote(group, safe="") / f"{quote(name, safe='')}.jsonl"
        make_folder(path.parent)
        with open_private(path, "a") as file:
            file.writelines(f"{json.dumps(event)}\n" for event in events)

    def restore(self, write: Write) -> None:
        """Hand every stream's events to `write`, with region, group and stream."""
        for path in sorted(self._folder.glob("*/*/*.jsonl")):
            region, group = path.parts[-3:-1]
            write(region, unquote(group), unquote(path.stem), list(_recent(path)))


def _recent(path: Path) -> Iterator[Event]:
    oldest = (time.time() - _OLDEST_SECONDS) * 1000
    for line in path.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["timestamp"] > oldest:
            yield event
