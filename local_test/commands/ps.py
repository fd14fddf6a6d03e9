"""`ps`: the jobs that run and the endpoints that serve."""

import json
from argparse import ArgumentParser, Namespace

from local_test.commands.shared.columns import print_columns
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import list_resources


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument("-a", "--all", action="store_true", help="list ended ones too")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(args: Namespace) -> int:
    rows = list_resources(args.url, active=not args.all)
    if args.json:
        print(json.dumps(rows))
        return 0
    head = ("kind", "name", "region", "status", "made")
    print_columns(
        [["KIND", "NAME", "REGION", "STATUS", "CREATED"], *([r[c] for c in head] for r in rows)]
    )
    return 0


COMMAND = Command(
    name="ps",
    summary="list the jobs that are running and the endpoints in service",
    add_options=_add_options,
    run=_run,
    example="ps --all",
)
