"""The log lines of a job's or an endpoint's containers, read on from where the last read ended."""

from dataclasses import dataclass
from operator import attrgetter

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend

_MOST_STREAMS = 50
"""CloudWatch Logs lists so many streams at once."""


@dataclass(frozen=True)
class LogPlace:
    """Where containers write: a log group, and the start of their streams' names."""

    group: str
    prefix: str = ""


@dataclass(frozen=True)
class LogLine:
    """A line of a container: the time in milliseconds since 1970, its stream, and the text."""

    time: int
    stream: str
    text: str


class LogReader:
    """The log of some containers; each read returns the lines since the one before."""

    def __init__(self, backend: Backend, region: str, place: LogPlace) -> None:
        self._client = backend.moto_client("logs", region)
        self._place = place
        self._tokens: dict[str, str] = {}
        self.streams: tuple[str, ...] = ()

    def read(self) -> list[LogLine]:
        """Return new lines of all streams in the order of their times."""
        self.streams = self._list_streams()
        lines = [line for stream in self.streams for line in self._read_stream(stream)]
        lines.sort(key=attrgetter("time"))
        return lines

    def read_last(self, count: int) -> list[LogLine]:
        """Return the last lines of all streams in the order of their times; `read` is as before."""
        self.streams = self._list_streams()
        lines = [
            LogLine(event["timestamp"], stream, event["message"])
            for stream in self.streams
            for event in self._client.get_log_events(
                logGroupName=self._place.group, logStreamName=stream, limit=count
            )["events"]
        ]
        lines.sort(key=attrgetter("time"))
        return lines[-count:]

    def _list_streams(self) -> tuple[str, ...]:
        """Return the 50 streams that were written to last; before the first line there are none."""
        prefix = {"logStreamNamePrefix": self._place.prefix} if self._place.prefix else {}
        newest = {} if prefix else {"orderBy": "LastEventTime", "descending": True}
        try:
            found = self._client.describe_log_streams(
                logGroupName=self._place.group, limit=_MOST_STREAMS, **prefix, **newest
            )
        except ClientError:
            return ()
        return tuple(sorted(stream["logStreamName"] for stream in found["logStreams"]))

    def _read_stream(self, stream: str) -> list[LogLine]:
        lines: list[LogLine] = []
        while True:
            token = self._tokens.get(stream)
            found = self._client.get_log_events(
                logGroupName=self._place.group,
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            self._tokens[stream] = found["nextForwardToken"]
            if not found["events"]:
                return lines
            lines += [LogLine(one["timestamp"], stream, one["message"]) for one in found["events"]]
