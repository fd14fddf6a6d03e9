"""`doctor`: whether this machine has what the local SageMaker needs."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from local_test import settings
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import DEFAULT_PORT, add_state
from local_test.environment_checks import CheckResult, Surroundings, check_environment


def _add_options(parser: ArgumentParser) -> None:
    add_state(parser)
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port that the service is to use (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(args: Namespace) -> int:
    found = check_environment(Surroundings(args.state, args.port, settings.read_environment()))
    if args.json:
        print(json.dumps([asdict(finding) for finding in found]))
    else:
        for one in found:
            print(f"{one.result:<8} {one.name:<9} {one.detail}")
            if one.remedy:
                print(f"{'':18} -> {one.remedy}")
    return 1 if any(one.result is CheckResult.PROBLEM for one in found) else 0


COMMAND = Command(
    name="doctor",
    summary="check engine, images, packages, disk, port and proxy, and say how to fix problems",
    add_options=_add_options,
    run=_run,
    example="doctor",
)
