"""The log of a resource's containers: its last lines in the page, and new ones as they come."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from local_test.service.backend import Backend
from local_test.service.console.event_stream import make_event, open_stream, wait_for_change
from local_test.service.resources.container_log import LogLine, LogPlace, LogReader

_MOST_LINES = 1000
_LINES_OF_PAGE = 200


@dataclass(frozen=True)
class LogSearch:
    """Which lines are wanted: of one stream if it is named, with a text in them in any case."""

    stream: str = ""
    text: str = ""

    def matches(self, line: LogLine) -> bool:
        """Return True if a line is wanted."""
        return self.stream in {"", line.stream} and self.text.lower() in line.text.lower()


def read_search(arguments: Mapping[str, str]) -> LogSearch:
    """Return the search that the query of an address asks for."""
    return LogSearch(arguments.get("stream", ""), arguments.get("text", ""))


def show_last_lines(backend: Backend, region: str, place: LogPlace) -> list[str]:
    """Return the last 200 lines as text, with their streams where there are several."""
    log = LogReader(backend, region, place)
    lines = log.read_last(_LINES_OF_PAGE)
    several = len(log.streams) > 1
    return [f"[{line.stream}] {line.text}" if several else line.text for line in lines]


def send_log(
    backend: Backend,
    region: str,
    place: LogPlace,
    search: LogSearch,
    is_running: Callable[[], bool],
) -> Response:
    """Return a stream of a log: the last 1,000 lines that match, and then new ones.

    Each event `lines` has the names of all streams, and lines as pairs of a stream and a text; the
    first one has every line that is to be shown. The stream ends with `end` when nothing runs.
    """
    return open_stream(_list_events(backend, region, place, search, is_running))


def _list_events(
    backend: Backend,
    region: str,
    place: LogPlace,
    search: LogSearch,
    is_running: Callable[[], bool],
) -> Iterator[str]:
    log, signal = LogReader(backend, region, place), backend.log_signal
    is_first = True
    while not signal.is_closed:
        seen, started, goes_on = signal.count, time.monotonic(), is_running()
        if not goes_on:
            backend.logs.flush()  # its last lines may not be written yet
        lines = [line for line in log.read() if search.matches(line)]
        if lines or is_first:
            yield make_event("lines", _describe(log.streams, lines[-_MOST_LINES:], is_first))
            is_first = False
        if not goes_on:
            yield make_event("end", None)
            return
        yield from wait_for_change(signal, seen, started, 0)


def _describe(streams: Sequence[str], lines: Sequence[LogLine], is_first: bool) -> dict[str, Any]:
    return {
        "first": is_first,
        "streams": streams,
        "lines": [(line.stream, line.text) for line in lines],
    }
