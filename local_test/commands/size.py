"""`size`: how many instances an endpoint needs for a traffic, from measured containers."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.service_request import request_service
from local_test.endpoints import PipelineRelay
from local_test.errors import UserError
from local_test.output import print_answer, report_progress
from local_test.sizing.capacity_search import size_instances
from local_test.sizing.open_loop import run_open_loop
from local_test.sizing.report import describe_sizing, draw_sizing, format_sizing

_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_WARM_UP = 5


def _parse_latency(text: str) -> float:
    """Return the seconds of a latency such as `50ms` or `1.5s`."""
    match = _LATENCY.fullmatch(text)
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1) if match else 0.0
    if not seconds:
        raise ArgumentTypeError(f"invalid latency {text!r}, use 50ms or 1.5s")
    return seconds


def _parse_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:
        raise ArgumentTypeError(f"invalid number {text!r}, use one from 0 to 100000")
    return rate


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--endpoint", required=True, metavar="NAME", help="endpoint to measure, which is in service"
    )
    parser.add_argument(
        "--variant", metavar="NAME", help="production variant (default: the first one)"
    )
    parser.add_argument(
        "--rate", required=True, type=_parse_rate, help="expected requests per second"
    )
    parser.add_argument(
        "--p99",
        required=True,
        type=_parse_latency,
        metavar="LATENCY",
        help="maximum 99th percentile of the latency (50ms, 1.5s)",
    )
    parser.add_argument(
        "--input", required=True, type=Path, metavar="FILE", help="the body of each request"
    )
    parser.add_argument(
        "--content-type", default="text/csv", help="content type of the body (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds",
        type=_parse_rate,
        default=5.0,
        help="how long each rate is measured (default: %(default)s)",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write the measurements as an SVG chart"
    )
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region (default: %(default)s)"
    )
    add_running_url(parser)


def _run(args: Namespace) -> int:
    try:
        body = args.input.read_bytes()
    except OSError as error:
        raise UserError(f"{args.input} cannot be read: {error.strerror}") from error
    relay = PipelineRelay(_find_containers(args), seconds=max(10 * args.p99, 5.0))

    def send() -> bool:
        return relay.invoke(body, args.content_type).ok

    report_progress(f"measuring request rates, {args.seconds:g} s each")
    try:
        for _ in range(_WARM_UP):
            first = relay.invoke(body, args.content_type)
            if not first.ok:
                raise UserError(f"the endpoint does not answer {args.input}: {first.error}")
        sizing = size_instances(
            lambda rate: run_open_loop(send, rate, args.seconds), args.rate, args.p99
        )
    finally:
        relay.close()
    if args.plot is not None:
        args.plot.write_text(draw_sizing(sizing), encoding="utf-8")
    print_answer(describe_sizing(sizing), [format_sizing(sizing)])
    return 0 if sizing.instances is not None else 1


def _find_containers(args: Namespace) -> list[tuple[str, str]]:
    """Return names and URLs of the containers of one instance. Raises UserError without any."""
    found = request_service(
        args.url, f"instances/{args.region}/{args.endpoint}", "size", seconds=10
    )
    for variant in found["variants"]:
        if args.variant in {None, variant["name"]} and variant["instances"]:
            return [(f"container {url}", url) for url in variant["instances"][0]]
    raise UserError(
        f"endpoint {args.endpoint} has no instance of variant {args.variant or '(any)'}",
        "name a variant that has one",
    )


_TRIAL = (
    Key("rate", "number", "requests a second that were sent"),
    Key("requests", "integer", "number of requests"),
    Key("errors", "integer", "requests that failed"),
    Key("unanswered", "integer", "requests without an answer at the end"),
    Key("p50_ms", "number|null", "median latency in milliseconds"),
    Key("p99_ms", "number|null", "99th percentile of the latency in milliseconds"),
    Key("meets", "boolean", "whether the rate meets the limit"),
)
_ANSWER = Answer(
    (
        Key("rate", "number", "requests a second of the traffic"),
        Key("p99_ms", "number", "limit of the 99th percentile in milliseconds"),
        Key("instances", "integer|null", "instances that are needed; null where none suffice"),
        Key("rate_per_instance", "number", "requests a second that one instance carries"),
        Key("trials", "list of object", "the measurements", _TRIAL),
        Key("assumptions", "list of string", "what the estimate assumes"),
    )
)

COMMAND = Command(
    name="size",
    summary="estimate how many instances an endpoint needs for a request rate, by measuring it",
    add_options=_add_options,
    run=_run,
    example="size --endpoint abalone --rate 500 --p99 50ms --input row.csv",
    answers={"": _ANSWER},
)
