"""`status`: whether a service is running, and which."""

import json
from argparse import ArgumentParser, Namespace

from local_test.commands.shared.columns import print_columns
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import list_resources, read_health

_SHOWN = ("status", "version", "engine", "state", "pid")


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(args: Namespace) -> int:
    health = read_health(args.url)
    active = len(list_resources(args.url, active=True))
    if args.json:
        print(json.dumps({"url": args.url, **health, "active": active}))
        return 0
    rows = [["url", args.url], *([name, str(health[name])] for name in _SHOWN)]
    lost = [[name, str(health[name])] for name in ("not_restored", "unsaved") if health[name]]
    print_columns([*rows, ["active", f"{active} (see `ps`)"], *lost])
    return 0


COMMAND = Command(
    name="status",
    summary="show whether a service is running, and its version, engine and state directory",
    add_options=_add_options,
    run=_run,
    example="status --json",
)
