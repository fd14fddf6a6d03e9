"""The local service: its options, how it is started, and how a running one is found."""

import gc
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

from local_test import settings
from local_test.commands.shared.feature_store_options import (
    add_feature_store,
    read_store_settings,
)
from local_test.commands.shared.options import (
    add_allowed_hosts,
    add_engine,
    add_model_size,
    add_samples,
    parse_count,
    parse_duration,
)
from local_test.commands.shared.startup_cleanup import record_runner, remove_leftovers
from local_test.endpoints import reserve_port
from local_test.engines import select_engine
from local_test.errors import UserError
from local_test.extras import require_extra
from local_test.platform.aws_hosts import is_loopback
from local_test.platform.limits import DEFAULT_MAX_INSTANCES

DEFAULT_PORT = 8765
DEFAULT_STATE = Path("build/local-sagemaker")
_HEALTH = "/_health"
_PROBE_SECONDS = 10.0
_STARTING = 503
# How long a request waits for a busy thread, each time it needs the interpreter. Python's default
# is ten times as long: beside one busy thread GetRecord took 17 ms with it, and 4 with less.
_SWITCH_SECONDS = 0.0005


def add_state(parser: ArgumentParser) -> None:
    """Add `--state`."""
    parser.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="directory for persistent state (default: %(default)s)",
    )


def add_running_url(parser: ArgumentParser) -> None:
    """Add `--url`, of a service that must be running."""
    parser.add_argument(
        "--url",
        type=_parse_running_url,
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        help="URL of the running service (default: %(default)s)",
    )


def _parse_running_url(text: str) -> str:
    try:
        parse_service_url(text)
    except UserError as error:
        raise ArgumentTypeError(str(error)) from error
    return text.rstrip("/")


def add_service_options(parser: ArgumentParser) -> None:
    """Add the options of a service that is started."""
    add_state(parser)
    add_allowed_hosts(parser)
    add_model_size(parser)
    add_samples(parser)
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FILE",
        help="a TOML file that maps image URIs; read before images.toml of the --state directory",
    )
    parser.add_argument(
        "--max-instances",
        type=parse_count,
        default=DEFAULT_MAX_INSTANCES,
        metavar="N",
        help="maximum number of started instances per endpoint variant, whatever the "
        "configuration or scaling policies request (default: %(default)s)",
    )
    parser.add_argument(
        "--idle-stop",
        type=parse_duration,
        metavar="TIME",
        help="stop the containers of endpoints that get no request for this time, such as 90s, "
        "10m or 1h; the next request starts them again and waits (default: only those of "
        "serverless variants, after 5 minutes)",
    )
    add_feature_store(parser)
    add_engine(parser)


def add_service_url(parser: ArgumentParser) -> None:
    """Add `--url`, of a service that is used or started."""
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        help="URL of the service; if none is running, one is started there (any free port for "
        "http://127.0.0.1:0) (default: %(default)s)",
    )


@contextmanager
def start_service(args: Namespace, port: socket.socket) -> Iterator[str]:
    """Context manager: run a service with the options of a command; yield its URL.

    Raises UserError when a package is missing, another service uses the state folder, or a map of
    images is invalid.
    """
    gc.disable()  # what modules make stays: a fifth of the start was looking for garbage among it
    try:
        with require_extra("the service", "service"):
            from local_test.service.http.server import run_service
    finally:
        gc.freeze()
        gc.enable()

    sys.setswitchinterval(_SWITCH_SECONDS)
    settings.ignore_aws_profiles()
    if args.engine == "docker":
        select_engine(args.engine)  # a dead engine is reported now, not by the first job
    remove_leftovers(args.state, args.engine)
    with run_service(
        port,
        args.state,
        args.engine,
        args.allow_host,
        args.max_model_size,
        args.samples,
        args.images,
        args.max_instances,
        read_store_settings(args),
        args.idle_stop,
    ) as backend:
        record_runner(args.state)
        yield backend.url


@contextmanager
def use_service(args: Namespace) -> Iterator[tuple[str, bool]]:
    """Context manager: yield the URL of `--url`, and whether the service was started for it.

    Raises UserError when something else answers there, or a service cannot be started there.
    """
    host, number = parse_service_url(args.url)
    if number and answers(args.url):
        yield args.url.rstrip("/"), False
        return
    if not is_loopback(host):
        raise UserError(f"no service answers: {args.url}", "start one there, or leave out --url")
    with closing(reserve_port(number)) as port, start_service(args, port) as url:
        yield url, True


def parse_service_url(url: str) -> tuple[str, int]:
    """Return host and port of a service's URL. Raises UserError when it is no `http://` URL."""
    parts = urlsplit(url)
    try:
        port = 80 if parts.port is None else parts.port
    except ValueError:
        port = -1
    if parts.scheme != "http" or not parts.hostname or port < 0 or parts.path.strip("/"):
        raise UserError(f"invalid URL of a service: {url}", "write http://HOST:PORT")
    return parts.hostname, port


def answers(url: str) -> bool:
    """Return whether a service answers at a URL, when it has restored its state.

    Raises UserError when something else answers.
    """
    return ask_health(url) is not None


def ask_health(url: str) -> dict[str, Any] | None:
    """Return the health of the service at a URL, when it has restored its state; None without one.

    Raises UserError when something else answers.
    """
    waiting = urllib3.Retry(connect=0, read=0, redirect=0, status=600, status_forcelist=[_STARTING])
    with urllib3.PoolManager(retries=waiting, timeout=_PROBE_SECONDS) as pool:
        try:
            response = pool.request("GET", f"{url.rstrip('/')}{_HEALTH}")
            content = response.json() if response.status == 200 else None
        except urllib3.exceptions.MaxRetryError as error:
            if isinstance(error.reason, urllib3.exceptions.NewConnectionError):
                return None
            content = None
        except (urllib3.exceptions.HTTPError, ValueError):
            content = None
    if isinstance(content, dict) and content.get("status") == "ready":
        return content
    raise UserError(
        f"what answers is no local SageMaker: {url}", "stop it, or choose another --url"
    )
