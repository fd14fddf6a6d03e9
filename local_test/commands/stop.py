"""`stop`: end the service that runs in the background."""

from argparse import ArgumentParser, Namespace

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.detached_service import stop_service
from local_test.commands.shared.local_service import add_state
from local_test.output import print_answer


def _add_options(parser: ArgumentParser) -> None:
    add_state(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="maximum time to wait until its jobs and endpoints have stopped "
        "(default: %(default)g)",
    )


def _run(args: Namespace) -> int:
    pid = stop_service(args.state, args.timeout)
    print_answer(
        {"state": str(args.state), "pid": pid},
        [f"stopped the service of {args.state} (process {pid})"],
    )
    return 0


_ANSWER = Answer(
    (
        Key("state", "string", "state directory of the service"),
        Key("pid", "integer", "id of the process that ended"),
    )
)


COMMAND = Command(
    name="stop",
    summary="stop the service that `up` started, and its jobs and endpoints",
    add_options=_add_options,
    run=_run,
    example="stop",
    answers={"": _ANSWER},
)
