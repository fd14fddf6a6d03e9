"""A service, the AWS proxy in front of it, and the environment of the programs that use them."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from local_test import settings
from local_test.client_environment import variables
from local_test.client_environment.account import DEFAULT_REGION
from local_test.client_environment.ca_bundle import write_bundle
from local_test.client_environment.profiles import make_profiles, read_profile_regions
from local_test.client_environment.sdk_settings import write_sdk_settings
from local_test.commands.shared.docker_command import add_docker_command
from local_test.commands.shared.local_service import (
    add_service_options,
    add_service_url,
    parse_service_url,
    use_service,
)
from local_test.endpoints import reserve_port
from local_test.extras import require_extra
from local_test.output import is_quiet
from local_test.workspace import open_workspace

_PROXY_FOLDER = "aws-proxy"


@dataclass(frozen=True)
class ClientSession:
    """A service's URL, all variables of a program that uses it, and a private temporary folder."""

    url: str
    folder: Path
    variables: dict[str, str]


def add_session_options(parser: ArgumentParser) -> None:
    """Add the options of a session."""
    add_service_url(parser)
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region of the command (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-network",
        action="store_true",
        help="let requests to hosts that are not AWS through; without it they are refused, each "
        "host is printed once, and nothing leaves this machine",
    )
    parser.add_argument(
        "--proxy-port",
        type=int,
        default=0,
        metavar="PORT",
        help="where the AWS proxy listens on 127.0.0.1 (default: any free port)",
    )
    add_service_options(parser)


@contextmanager
def open_session(args: Namespace) -> Iterator[ClientSession]:
    """Context manager: use or start a service, and start the AWS proxy.

    Raises UserError when a port is taken, a certificate cannot be read, or a package is missing.
    """
    with require_extra("the AWS proxy", "service"):
        from local_test.aws_proxy import Destinations, UpstreamProxy, open_authority, serve_proxy

    caller = settings.read_environment()
    network_proxy = variables.read_network_proxy(caller) if args.allow_network else ""
    bypass = {"no": variables.read_no_proxy(caller)}
    proxy_port = reserve_port(args.proxy_port, "--proxy-port")
    with proxy_port, use_service(args) as (url, started), open_workspace() as folder:
        authority = open_authority(args.state / _PROXY_FOLDER)
        destinations = Destinations(
            parse_service_url(url),
            args.allow_network,
            UpstreamProxy.parse(network_proxy) if network_proxy else None,
            lambda host: bool(proxy_bypass_environment(host, bypass)),
            report,
        )
        with serve_proxy(proxy_port, destinations, authority) as proxy:
            made = _make_variables(args, caller, url, proxy, folder, authority.certificate)
            if not is_quiet():
                report(f"service: {url} ({'started' if started else 'already running'})")
            yield ClientSession(url, folder, made)


def report(sentence: str) -> None:
    """Print a line to standard error: standard output belongs to the command."""
    print(f"local-sagemaker: {sentence}", file=sys.stderr, flush=True)


def _make_variables(
    args: Namespace, caller: dict[str, str], url: str, proxy: str, folder: Path, authority: bytes
) -> dict[str, str]:
    bundle = write_bundle(folder / "certificates.pem", caller, authority)
    alone = folder / "authority.pem"
    alone.write_bytes(authority)
    profiles = make_profiles(url, read_profile_regions(caller, args.region))
    return {
        **variables.remove_stale(caller),
        "PATH": add_docker_command(settings.read_settings().path, folder),
        **variables.make_client_variables(
            url, args.region, write_sdk_settings(folder / "sdk.yaml")
        ),
        **profiles.write(folder),
        **variables.make_proxy_variables(proxy, bundle, alone),
    }
