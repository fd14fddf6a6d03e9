"""`up`: the AWS API on this machine, until Ctrl-C."""

import threading
from argparse import ArgumentParser, Namespace
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from local_test.commands.shared.command import Command
from local_test.commands.shared.options import add_allowed_hosts, add_engine, add_model_size
from local_test.commands.shared.startup_cleanup import record_runner, remove_leftovers
from local_test.endpoints import reserve_port
from local_test.engines import select_engine
from local_test.errors import UserError

if TYPE_CHECKING:
    from local_test.service.backend import Backend

DEFAULT_PORT = 8765
DEFAULT_STATE = Path("build/local-sagemaker")


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="where to listen on 127.0.0.1; 0 takes any free port (default: %(default)s)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="what the service knows is kept there (default: %(default)s)",
    )
    add_allowed_hosts(parser)
    add_model_size(parser)
    add_engine(parser)


def _run(args: Namespace) -> int:
    try:
        from local_test.service.http.server import run_service
    except ModuleNotFoundError as error:
        raise UserError(
            f"the service needs the package {error.name}",
            "install the extra `service`: pip install 'tandem-local[service]'",
        ) from error

    if args.engine == "docker":
        select_engine(args.engine)  # a dead engine is reported now, not by the first job
    with closing(reserve_port(args.port)) as port:
        remove_leftovers(args.state, args.engine)
        size = args.max_model_size
        _serve(run_service(port, args.state, args.engine, args.allow_host, size), args.state)
    return 0


def _serve(service: AbstractContextManager["Backend"], state: Path) -> None:
    with service as backend:
        record_runner(state)
        try:  # from the first line on: a signal may come right behind the last
            print(f"SageMaker answers at {backend.url}", flush=True)
            print(f"console: {backend.url}/console", flush=True)
            print(f'in your shell: eval "$(local-sagemaker env --url {backend.url})"', flush=True)
            threading.Event().wait()
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
