"""`ps`: the jobs that run and the endpoints that serve."""

from argparse import ArgumentParser, Namespace

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import list_resources
from local_test.output import print_answer
from local_test.output.columns import format_columns


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument("-a", "--all", action="store_true", help="list ended ones too")


def _run(args: Namespace) -> int:
    rows = list_resources(args.url, active=not args.all)
    columns = ("kind", "name", "region", "status", "made")
    head = ("KIND", "NAME", "REGION", "STATUS", "CREATED")
    print_answer(rows, format_columns([head, *([row[name] for name in columns] for row in rows)]))
    return 0


_ANSWER = Answer(
    (
        Key("kind", "string", "kind of the resource, such as `training-job`"),
        Key("name", "string", "its name"),
        Key("key", "string", "its key in the console's addresses"),
        Key("region", "string", "its region"),
        Key("status", "string", "its status"),
        Key("made", "string", "when it was created"),
        Key("note", "string", "why it failed, or what came of it"),
    ),
    form="list",
)


COMMAND = Command(
    name="ps",
    summary="list the jobs that are running and the endpoints in service",
    add_options=_add_options,
    run=_run,
    example="ps --all",
    answers={"": _ANSWER},
)
