"""`up`: the AWS API on this machine, until Ctrl-C."""

import os
from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.detached_service import start_detached
from local_test.commands.shared.local_service import (
    DEFAULT_PORT,
    DEFAULT_STATE,
    add_service_options,
    start_service,
)
from local_test.endpoints import reserve_port
from local_test.interrupts import wait_for_signal
from local_test.output import print_answer, report_progress


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port on 127.0.0.1; 0 selects any free port (default: %(default)s)",
    )
    parser.add_argument(
        "-d",
        "--detach",
        action="store_true",
        help="run in the background; see the commands status, ps, logs and stop",
    )
    add_service_options(parser)


def _run(args: Namespace) -> int:
    if args.detach:
        service = start_detached(args.given, args.state)
        print_answer(
            _describe(service.url, service.pid, str(service.log)),
            [
                f"Listening on {service.url} (process {service.pid}, log {service.log})",
                f'in your shell: eval "$(local-sagemaker env --url {service.url})"',
                f"stop it with: local-sagemaker stop{_name_state(args)}",
            ],
        )
        return 0
    with closing(reserve_port(args.port)) as port, start_service(args, port) as url:
        try:  # from the first line on: a signal may come right behind the last
            print_answer(
                _describe(url, os.getpid(), None),
                [
                    f"Listening on {url}",
                    f"console: {url}/console",
                    f'in your shell: eval "$(local-sagemaker env --url {url})"',
                ],
            )
            wait_for_signal()
        except KeyboardInterrupt:
            report_progress("stopping")
            raise


def _describe(url: str, pid: int, log: str | None) -> dict[str, Any]:
    return {"url": url, "console": f"{url}/console", "pid": pid, "log": log}


def _name_state(args: Namespace) -> str:
    return "" if args.state == DEFAULT_STATE else f" --state {args.state}"


_ANSWER = Answer(
    (
        Key("url", "string", "URL of the service, once it is ready"),
        Key("console", "string", "URL of the console"),
        Key("pid", "integer", "process id of the service"),
        Key("log", "string|null", "file with its output; null without `--detach`"),
    )
)

COMMAND = Command(
    name="up",
    summary="serve the AWS API for boto3, the SageMaker SDK and the AWS CLI until Ctrl-C",
    add_options=_add_options,
    run=_run,
    example="up --engine process",
    answers={"": _ANSWER},
)
