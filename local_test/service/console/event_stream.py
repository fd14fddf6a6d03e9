"""Server-sent events: what a page shows now, as often as that changes.

Source: HTML Living Standard, section 9.2 (server-sent events).
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.service.change_signal import ChangeSignal
from local_test.service.console.rendering import HEADERS, PageAnswer

_MOST_STREAMS = 64
_LEAST_PAUSE = 0.25
_REST = 4
"""A stream rests so many times as long as it works."""
_SIGN_OF_LIFE = 10.0
_streams = threading.BoundedSemaphore(_MOST_STREAMS)


def send_page_changes(signal: ChangeSignal, answer: Callable[[], PageAnswer]) -> Response:
    """Return a stream of the `<main>` of a page: now, and whenever it differs from the last one.

    The event `page` has its HTML. The stream ends with the event `end` when the page stands still.
    """
    return open_stream(_list_page_events(signal, answer))


def open_stream(events: Iterator[str]) -> Response:
    """Return a response with these events, 503 when 64 streams are open already."""
    if not _streams.acquire(blocking=False):
        text = f"{_MOST_STREAMS} pages of the console are kept up to date already. Close some."
        return Response(text, 503, HEADERS)
    response = Response(events, 200, HEADERS, content_type="text/event-stream")
    response.call_on_close(_streams.release)
    return response


def make_event(name: str, value: Any) -> str:
    """Return an event with a name and a value as JSON, which has no line breaks."""
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


def wait_for_change(signal: ChangeSignal, seen: int, started: float, pace: float) -> Iterator[str]:
    """Wait until it is worthwhile to look again, with signs of life in between.

    `started` is when the last look began (monotonic seconds); `pace` as in PageAnswer. A client
    that has gone is noticed by a sign of life that cannot be written.
    """
    signal.pause(max(_LEAST_PAUSE, _REST * (time.monotonic() - started)))
    while not signal.wait(seen, pace or _SIGN_OF_LIFE):
        yield ": still here\n\n"
        if pace:
            return


def _list_page_events(signal: ChangeSignal, answer: Callable[[], PageAnswer]) -> Iterator[str]:
    last = ""
    while not signal.is_closed:
        seen, started = signal.count, time.monotonic()
        found = answer()
        page = _cut_main(found.response.get_data(as_text=True))
        if page != last:
            yield make_event("page", page)
            last = page
        if found.pace is None:
            yield make_event("end", None)
            return
        yield from wait_for_change(signal, seen, started, found.pace)


def _cut_main(page: str) -> str:
    _, start, rest = page.partition("<main")
    content, end, _ = rest.rpartition("</main>")
    return f"{start}{content}{end}"


def is_stream_request(request: Request) -> bool:
    """Return whether a browser's EventSource sent a request."""
    return request.method == "GET" and request.headers.get("Accept") == "text/event-stream"
