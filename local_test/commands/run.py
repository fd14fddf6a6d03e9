"""`run`: a command whose AWS clients use the local service, unchanged."""

import argparse
import time
from argparse import ArgumentParser, Namespace

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.child_process import run_child
from local_test.commands.shared.client_session import add_session_options, open_session
from local_test.commands.shared.command import Command
from local_test.errors import UserError
from local_test.output import print_answer

_STDERR = 2


def _add_options(parser: ArgumentParser) -> None:
    add_session_options(parser)
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="the command to run"
    )


def _run(args: Namespace) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UserError("missing command: run", "write it after --: run -- python train.py")
    with open_session(args) as session:
        if not args.json:
            return run_child(command, session.variables, session.url)
        begin = time.monotonic()
        code = run_child(command, session.variables, session.url, _STDERR)
        answer = {
            "command": command,
            "exit_code": code,
            "seconds": round(time.monotonic() - begin, 3),
            "url": session.url,
        }
        print_answer(answer, ())
        return code


_ANSWER = Answer(
    (
        Key("command", "list of string", "the command and its arguments"),
        Key("exit_code", "integer", "its exit code, 128 + N where signal N ended it"),
        Key("seconds", "number", "how long it ran"),
        Key("url", "string", "URL of the service that it used"),
    )
)

COMMAND = Command(
    name="run",
    summary="run a command with its AWS requests sent to the local service",
    add_options=_add_options,
    run=_run,
    example="run -- python train.py",
    answers={"": _ANSWER},
)
