"""`status`: whether a service is running, and which."""

from argparse import ArgumentParser, Namespace

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import list_resources, read_health
from local_test.output import print_answer
from local_test.output.columns import format_columns

_SHOWN = ("status", "version", "engine", "state", "pid")


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)


def _run(args: Namespace) -> int:
    health = read_health(args.url)
    active = len(list_resources(args.url, active=True))
    rows = [["url", args.url], *([name, str(health[name])] for name in _SHOWN)]
    lost = [[name, str(health[name])] for name in ("not_restored", "unsaved") if health[name]]
    print_answer(
        {"url": args.url, **health, "active": active},
        format_columns([*rows, ["active", f"{active} (see `ps`)"], *lost]),
    )
    return 0


_ANSWER = Answer(
    (
        Key("url", "string", "URL of the service"),
        Key("status", "string", "`ready`"),
        Key("version", "string", "its version"),
        Key("engine", "string", "engine that runs its containers"),
        Key("state", "string", "its state directory"),
        Key("pid", "integer", "its process id"),
        Key("restoring", "string|null", "what is restored before it is ready"),
        Key("not_restored", "integer", "number of requests and objects that could not be restored"),
        Key("unsaved", "map of string", "what could not be saved, and why"),
        Key("active", "integer", "number of jobs that run and of endpoints that serve"),
    )
)


COMMAND = Command(
    name="status",
    summary="show whether a service is running, and its version, engine and state directory",
    add_options=_add_options,
    run=_run,
    example="status --json",
    answers={"": _ANSWER},
)
