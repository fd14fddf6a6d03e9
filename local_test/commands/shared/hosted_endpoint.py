"""Runs an endpoint with its HTTP server until a signal, for `serve` and `pipeline`."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing
from typing import Never

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.failure_report import report_failure
from local_test.commands.shared.options import (
    add_allowed_hosts,
    add_engine,
    add_ping_timeout,
    choose_engine,
)
from local_test.endpoints import Endpoint, Stage, reserve_port, serve_endpoint
from local_test.endpoints.http_server import DEFAULT_PORT
from local_test.endpoints.reloading import ReloadingEndpoint, list_watched
from local_test.errors import ContainerError
from local_test.output import print_answer, report_progress

READY = Answer(
    (
        Key("url", "string", "URL that takes requests, once the endpoint is healthy"),
        Key("seconds", "number", "how long the start took"),
    )
)
"""What is answered when the endpoint is ready; it then serves until a signal."""

_POLL_SECONDS = 0.2


def add_hosting_options(parser: ArgumentParser) -> None:
    """Add the options of an endpoint's HTTP server."""
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port on 127.0.0.1; 0 selects any free port (default: %(default)s)",
    )
    add_allowed_hosts(parser)
    add_ping_timeout(parser)
    add_engine(parser)


def serve_until_signal(stages: Sequence[Stage], args: Namespace, *, reload: bool = False) -> Never:
    """Serve until a signal or the exit of a container; both are raised as exceptions.

    With `reload`, changes of source code and models start new containers.
    """
    with closing(reserve_port(args.port)) as port:
        engine = choose_engine(args, [stage.image for stage in stages])

        def make() -> Endpoint:
            return Endpoint(stages, engine, ping_seconds=args.ping_timeout)

        whole = ReloadingEndpoint(make, list_watched(stages)) if reload else make()
        with whole as endpoint, serve_endpoint(endpoint, port, args.allow_host) as front:
            _watch_endpoint(endpoint, front.url)


def _watch_endpoint(endpoint: Endpoint | ReloadingEndpoint, url: str) -> Never:
    seconds = endpoint.seconds_to_ready
    try:  # from the line on: a signal may come right behind it
        print_answer(
            {"url": url, "seconds": round(seconds, 3)},
            [f"ready after {seconds:.2f} s: POST {url}"],
        )
        while True:
            endpoint.check_running()
            if isinstance(endpoint, ReloadingEndpoint):
                _reload_changes(endpoint)
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        report_progress("stopping")
        raise


def _reload_changes(endpoint: ReloadingEndpoint) -> None:
    changes = endpoint.find_changes()
    if not changes:
        return
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    report_progress(f"changed: {changes[0]}{more}; starting again")
    error = endpoint.reload()
    if error is None:
        report_progress(f"reloaded after {endpoint.seconds_to_ready:.2f} s")
        return
    log = error.log if isinstance(error, ContainerError) else ()
    report_failure(f"{str(error).rstrip('.')}. What ran before is still serving", log)
