"""Container logs: each line goes to a sink, the last lines are kept for diagnosis."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress

from local_test import output
from local_test.engines.protocol import LogSink

TAIL_LINES = 30
_MAX_KEPT_LINES = 200
_MAX_LINE_BYTES = 1 << 16
_COLOURS = ("36", "33", "35", "32", "34", "31")


class LogPump:
    """A thread that reads a container's output, line by line, until it ends."""

    def __init__(self, name: str, chunks: Iterable[bytes], sink: LogSink) -> None:
        self._name = name
        self._chunks = iter(chunks)
        self._sink = sink
        self._kept: deque[str] = deque(maxlen=_MAX_KEPT_LINES)
        self._thread = threading.Thread(target=self._run, name=f"log of {name}", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until the last line was read, for at most `seconds`."""
        self._thread.join(seconds)

    def read_tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines."""
        return tuple(self._kept)[-lines:]

    def _run(self) -> None:
        try:
            for line in _split_lines(self._chunks):
                self._emit(line)
        finally:
            deque(self._chunks, maxlen=0)  # a full pipe would hold the container up

    def _emit(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip("\r")
        self._kept.append(text)
        self._sink(self._name, text)


def _split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > _MAX_LINE_BYTES:
            yield rest
            rest = b""
    if rest:
        yield rest


def print_line(name: str, line: str) -> None:
    """Write a log line as progress, prefixed with the container's name."""
    stream = output.find_progress_stream()
    if stream is None:
        return
    prefix = f"{name} |"
    if output.is_terminal(stream):
        colour = _COLOURS[sum(name.encode()) % len(_COLOURS)]
        prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
    with suppress(BrokenPipeError):
        stream.write(f"{prefix} {line}\n")
        stream.flush()


def discard_line(_name: str, _line: str) -> None:
    """Ignore a log line."""
