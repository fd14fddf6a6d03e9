"""Container logs on their way to CloudWatch Logs, under the service's own names.

Source: Developer Guide, 'Log Groups and Streams that Amazon SageMaker AI Sends to CloudWatch Logs'.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.engines.protocol import LogSink
from local_test.service.error_boundary import enduring
from local_test.service.storage.state.log_lines import Lines

_PAUSE_SECONDS = 0.3
_BATCH = 200
_LONGEST = 4096


@dataclass(frozen=True)
class Stream:
    """One log stream: in a region, in a group."""

    region: str
    group: str
    name: str


@dataclass
class Logs:
    """Gathers lines and writes them a few times a second; threads may share it.

    `client` gives a CloudWatch Logs client for a region, `lines` keeps them for a restart.
    """

    client: Callable[[str], Any]
    lines: Lines
    _waiting: dict[Stream, list[dict[str, Any]]] = field(default_factory=dict)
    _known: set[Stream] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Bring back the lines of an earlier service, and begin to write."""

        def write(region: str, group: str, name: str, events: Sequence[dict[str, Any]]) -> None:
            self._write(Stream(region, group, name), events)

        self.lines.restore(write)
        threading.Thread(target=self._run, name="logs", daemon=True).start()

    def close(self) -> None:
        """Write what is left and end."""
        self._over.set()
        self.flush()

    def sink(self, region: str, group: str, name: Callable[[str], str]) -> LogSink:
        """Return a sink for a job's containers; `name` gives the stream of a container's name."""

        def take(container: str, line: str) -> None:
            self.add(Stream(region, group, name(container)), line)

        return take

    def add(self, stream: Stream, line: str) -> None:
        """Take one line; CloudWatch Logs has no empty ones."""
        if line:
            event = {"timestamp": int(time.time() * 1000), "message": line[:_LONGEST]}
            with self._lock:
                self._waiting.setdefault(stream, []).append(event)

    def flush(self) -> None:
        """Write all lines that wait."""
        with self._writing:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for stream, events in waiting.items():
                self.lines.keep(stream.region, stream.group, stream.name, events)
                self._write(stream, events)

    def _run(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            enduring(self.flush)

    def _write(self, stream: Stream, events: Sequence[dict[str, Any]]) -> None:
        client = self.client(stream.region)
        if stream not in self._known:
            _make(client.create_log_group, logGroupName=stream.group)
            _make(client.create_log_stream, logGroupName=stream.group, logStreamName=stream.name)
            self._known.add(stream)
        for start in range(0, len(events), _BATCH):
            client.put_log_events(
                logGroupName=stream.group,
                logStreamName=stream.name,
                logEvents=events[start : start + _BATCH],
            )


def _make(create: Callable[..., Any], **names: str) -> None:
    try:
        create(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
