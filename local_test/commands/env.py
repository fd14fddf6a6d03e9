"""`env`: what a shell must export so that its AWS clients talk to this machine."""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.commands.shared.command import Command
from local_test.commands.up import DEFAULT_PORT, DEFAULT_STATE

DEFAULT_REGION = "us-east-1"
_SDK = """\
# For the SageMaker Python SDK: no telemetry, and a bucket of its own without asking
# STS, which it would ask at an address of AWS.
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {bucket}
"""


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
    settings = folder / "sdk.yaml"
    settings.write_text(_SDK.format(bucket=f"sagemaker-{region}-local"), encoding="utf-8")
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": region,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings.absolute()),
    }


COMMAND = Command(
    name="env",
    summary="print what a shell must export for its AWS clients to use the service",
    add_options=_add_options,
    run=_run,
    example='env  # eval "$(local-sagemaker env)"',
)
