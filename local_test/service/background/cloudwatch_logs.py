"""Write container logs to CloudWatch Logs, under SageMaker's names of groups and streams.

Source: Developer Guide, 'Log Groups and Streams that Amazon SageMaker AI Sends to CloudWatch Logs'.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.engines.protocol import LogSink
from local_test.service.error_boundary import run_round
from local_test.service.storage.state.log_lines import LogLines

_PAUSE_SECONDS = 0.3
_BATCH = 200
_LONGEST = 4096


@dataclass(frozen=True)
class LogStream:
    """A log stream: region, log group and name."""

    region: str
    group: str
    name: str


@dataclass
class CloudWatchLogs:
    """Collects log lines and writes them every 0.3 seconds; thread-safe.

    `client` returns a CloudWatch Logs client for a region, `lines` saves the lines for a restart,
    `on_write` is called when lines were written.
    """

    client: Callable[[str], Any]
    lines: LogLines
    on_write: Callable[[], None]
    _pending: dict[LogStream, list[dict[str, Any]]] = field(default_factory=dict)
    _created: set[LogStream] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Restore the lines of an earlier service, and start the thread that writes."""

        def write(region: str, group: str, name: str, events: Sequence[dict[str, Any]]) -> None:
            self._write(LogStream(region, group, name), events)

        self.lines.restore(write)
        threading.Thread(target=self._run, name="logs", daemon=True).start()

    def close(self) -> None:
        """Write the remaining lines and end."""
        self._closing.set()
        self.flush()

    def make_sink(self, region: str, group: str, name: Callable[[str], str]) -> LogSink:
        """Return a sink for a job's containers; `name` maps a container's name to a stream's."""

        def add_line(container: str, line: str) -> None:
            self.add(LogStream(region, group, name(container)), line)

        return add_line

    def add(self, stream: LogStream, line: str) -> None:
        """Add one line; empty ones are left out, because CloudWatch Logs refuses them."""
        if line:
            event = {"timestamp": int(time.time() * 1000), "message": line[:_LONGEST]}
            with self._lock:
                self._pending.setdefault(stream, []).append(event)

    def flush(self) -> None:
        """Write all pending lines."""
        with self._writing:
            with self._lock:
                pending, self._pending = self._pending, {}
            for stream, events in pending.items():
                self.lines.append(stream.region, stream.group, stream.name, events)
                self._write(stream, events)
            if pending:
                self.on_write()

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            run_round(self.flush)

    def _write(self, stream: LogStream, events: Sequence[dict[str, Any]]) -> None:
        client = self.client(stream.region)
        if stream not in self._created:
            _create(client.create_log_group, logGroupName=stream.group)
            _create(client.create_log_stream, logGroupName=stream.group, logStreamName=stream.name)
            self._created.add(stream)
        for start in range(0, len(events), _BATCH):
            client.put_log_events(
                logGroupName=stream.group,
                logStreamName=stream.name,
                logEvents=events[start : start + _BATCH],
            )


def _create(create: Callable[..., Any], **names: str) -> None:
    try:
        create(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
