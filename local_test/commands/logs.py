"""`logs`: what the containers of a job or an endpoint have logged."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.options import parse_count
from local_test.commands.shared.running_service import list_resources, make_client, read_health
from local_test.errors import UserError
from local_test.output import print_answer

_GROUPS = "/aws/sagemaker/"
_POLL_SECONDS = 0.5


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a job or an endpoint")
    parser.add_argument(
        "-f", "--follow", action="store_true", help="print new lines until it has ended"
    )
    parser.add_argument(
        "-n", "--tail", type=parse_count, metavar="N", help="the last N lines (default: all)"
    )
    add_running_url(parser)
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region (default: %(default)s)"
    )


def _run(args: Namespace) -> int:
    read_health(args.url)
    log = _Log(make_client("logs", args.url, args.region), args.name)
    try:
        lines = log.read_new()
        if not (lines or _is_active(args)):
            raise UserError(
                f"no log of {args.name!r} in {args.region}", "list jobs with `ps --all`"
            )
        _print_lines(lines[-(args.tail or 0) :])
        while args.follow and _is_active(args):
            time.sleep(_POLL_SECONDS)
            _print_lines(log.read_new())
        if args.follow:
            _print_lines(log.read_new())
    finally:
        log.client.close()
    return 0


def _is_active(args: Namespace) -> bool:
    rows = list_resources(args.url, active=True)
    return any(row["name"] == args.name and row["region"] == args.region for row in rows)


class _Log:
    """The log streams of a resource, read from where the last reading ended."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self._name = name
        self._tokens: dict[tuple[str, str], str] = {}

    def read_new(self) -> list[dict[str, Any]]:
        """Return the new lines by time: stream, milliseconds since 1970, message."""
        lines = [line for stream in self._list_streams() for line in self._read_stream(*stream)]
        return sorted(lines, key=lambda line: line["timestamp"])

    def _list_streams(self) -> Iterator[tuple[str, str]]:
        groups = self.client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=_GROUPS
        )
        for group in (group["logGroupName"] for page in groups for group in page["logGroups"]):
            whole = group.endswith(f"/{self._name}")
            request = {} if whole else {"logStreamNamePrefix": f"{self._name}/"}
            pages = self.client.get_paginator("describe_log_streams").paginate(
                logGroupName=group, **request
            )
            for page in pages:
                yield from ((group, stream["logStreamName"]) for stream in page["logStreams"])

    def _read_stream(self, group: str, stream: str) -> Iterator[dict[str, Any]]:
        while True:
            last = self._tokens.get((group, stream))
            page = self.client.get_log_events(
                logGroupName=group,
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": last} if last else {}),
            )
            for event in page["events"]:
                yield {
                    "stream": stream,
                    "timestamp": event["timestamp"],
                    "message": event["message"],
                }
            self._tokens[group, stream] = page["nextForwardToken"]
            if page["nextForwardToken"] == last:
                return


def _print_lines(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        print_answer(line, [line["message"]])


_ANSWER = Answer(
    (
        Key("stream", "string", "name of the log stream"),
        Key("timestamp", "integer", "milliseconds since 1970"),
        Key("message", "string", "the line"),
    ),
    form="lines",
)


COMMAND = Command(
    name="logs",
    summary="print the logs of a job's or an endpoint's containers",
    add_options=_add_options,
    run=_run,
    example="logs my-endpoint --follow",
    answers={"": _ANSWER},
)
