"""`clock`: show the time of the service, or move it forward."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import timedelta
from urllib.parse import urlencode

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.service_request import request_service
from local_test.output import print_answer

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_WAIT_SECONDS = 600


def _parse_duration(text: str) -> int:
    """Return the seconds of a duration such as `3h` or `1d12h30m`."""
    match = _DURATION.fullmatch(text)
    days, hours, minutes, seconds = (
        (int(part or 0) for part in match.groups()) if match else [0] * 4
    )
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not total:
        raise ArgumentTypeError(f"invalid duration {text!r}, use 3h, 90m or 1d12h")
    return total


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--advance",
        type=_parse_duration,
        metavar="DURATION",
        help="move the clock forward (3h, 90m, 1d12h); schedules fire that become due",
    )
    add_running_url(parser)


def _run(args: Namespace) -> int:
    query = f"?{urlencode({'seconds': args.advance})}" if args.advance else ""
    method = "POST" if args.advance else "GET"
    found = request_service(
        args.url, f"clock{query}", "clock", method=method, seconds=_WAIT_SECONDS
    )
    ahead = timedelta(seconds=round(found["offset"]))
    fired = [f"schedules fired: {found['firings']}"] if args.advance else []
    print_answer(
        {"firings": None, **found}, [f"{found['time']} ({ahead} ahead of this machine)", *fired]
    )
    return 0


_ANSWER = Answer(
    (
        Key("time", "string", "time of the service (ISO 8601)"),
        Key("offset", "number", "seconds that it is ahead of this machine"),
        Key("firings", "integer|null", "schedules that fired; null without `--advance`"),
    )
)


COMMAND = Command(
    name="clock",
    summary="show the service's clock, or move it forward so that schedules fire",
    add_options=_add_options,
    run=_run,
    example="clock --advance 3h",
    answers={"": _ANSWER},
)
