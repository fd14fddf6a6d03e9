"""`doctor`: whether this machine has what the local SageMaker needs."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from local_test import settings
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import DEFAULT_PORT, add_state
from local_test.environment_checks import CheckResult, Surroundings, check_environment
from local_test.output import print_answer


def _add_options(parser: ArgumentParser) -> None:
    add_state(parser)
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port that the service is to use (default: %(default)s)",
    )


def _run(args: Namespace) -> int:
    found = check_environment(Surroundings(args.state, args.port, settings.read_environment()))
    lines = []
    for one in found:
        lines.append(f"{one.result:<8} {one.name:<9} {one.detail}")
        if one.remedy:
            lines.append(f"{'':18} -> {one.remedy}")
    print_answer([asdict(finding) for finding in found], lines)
    return 1 if any(one.result is CheckResult.PROBLEM for one in found) else 0


_ANSWER = Answer(
    (
        Key("name", "string", "what is checked"),
        Key("result", "string", "`ok`, `warning` (a part may not work) or `problem`"),
        Key("detail", "string", "what was found"),
        Key("remedy", "string", 'command or change that mends it; "" where nothing is wrong'),
    ),
    form="list",
)

COMMAND = Command(
    name="doctor",
    summary="check engine, images, packages, disk, port and proxy, and say how to fix problems",
    add_options=_add_options,
    run=_run,
    example="doctor",
    answers={"": _ANSWER},
)
