"""`up`: the AWS API on this machine, until Ctrl-C."""

from argparse import ArgumentParser, Namespace
from contextlib import closing

from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import (
    DEFAULT_PORT,
    add_service_options,
    start_service,
)
from local_test.endpoints import reserve_port
from local_test.interrupts import wait_for_signal


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="where to listen on 127.0.0.1; 0 takes any free port (default: %(default)s)",
    )
    add_service_options(parser)


def _run(args: Namespace) -> int:
    with closing(reserve_port(args.port)) as port, start_service(args, port) as url:
        try:  # from the first line on: a signal may come right behind the last
            print(f"SageMaker answers at {url}", flush=True)
            print(f"console: {url}/console", flush=True)
            print(f'in your shell: eval "$(local-sagemaker env --url {url})"', flush=True)
            wait_for_signal()
        except KeyboardInterrupt:
            print("stopping", flush=True)
            raise


COMMAND = Command(
    name="up",
    summary="serve the AWS API for boto3, the SageMaker SDK and the AWS CLI until Ctrl-C",
    add_options=_add_options,
    run=_run,
    example="up --engine process",
)
