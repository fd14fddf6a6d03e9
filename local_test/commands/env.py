"""`env`: what a shell must export so that its AWS clients talk to this machine."""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.client_environment.account import ACCESS_KEY, DEFAULT_REGION, SECRET_KEY
from local_test.client_environment.sdk_settings import write_sdk_settings
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import DEFAULT_PORT, DEFAULT_STATE


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        help="of the service (default: %(default)s)",
    )
    parser.add_argument("--region", default=DEFAULT_REGION, help="(default: %(default)s)")
    parser.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="gets the SageMaker SDK's settings, sdk.yaml (default: %(default)s)",
    )


def _run(args: Namespace) -> int:
    for name, value in make_exports(args.url, args.region, args.state).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def make_exports(url: str, region: str, folder: Path) -> dict[str, str]:
    """Return the variables, and write the SageMaker SDK's settings that one of them names."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = write_sdk_settings(folder / "sdk.yaml", f"sagemaker-{region}-local")
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": region,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings),
    }


COMMAND = Command(
    name="env",
    summary="print what a shell must export for its AWS clients to use the service",
    add_options=_add_options,
    run=_run,
    example='env  # eval "$(local-sagemaker env)"',
)
