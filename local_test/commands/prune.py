"""`prune`: remove what killed runners left behind."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from typing import Any

from local_test import leftovers, settings
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure, report_warning
from local_test.engines.docker_engine import docker_leftovers
from local_test.engines.docker_engine.client import connect
from local_test.errors import EngineError
from local_test.leftovers import Leftover
from local_test.output import print_answer, print_answer_line


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be removed and remove nothing"
    )


def _run(args: Namespace) -> int:
    found: list[dict[str, Any]] = []
    try:
        with connect(settings.read_settings()) as client:
            items = list(docker_leftovers.find_docker_leftovers(client))
            found += _remove_orphans(items, dry_run=args.dry_run)
    except EngineError as error:
        report_warning(f"containers and networks are not examined: {error}")
    found += _remove_orphans(leftovers.find_leftovers(), dry_run=args.dry_run)
    print_answer({"dry_run": args.dry_run, "items": found}, [] if found else ["nothing to remove"])
    return 1 if any(one["error"] for one in found) else 0


def _remove_orphans(items: Iterable[Leftover], *, dry_run: bool) -> Iterator[dict[str, Any]]:
    for item in items:
        if not item.orphaned:
            _report_kept(item)
            continue
        try:
            if not dry_run:
                item.remove()
        except (EngineError, OSError) as error:
            report_failure(f"{item.kind} {item.name} cannot be removed: {error}")
            yield {**_describe(item), "error": str(error)}
            continue
        yield {**_describe(item), "error": None}
        verb = "would remove" if dry_run else "removed"
        pid = item.runner and item.runner.pid
        print_answer_line(f"{verb} {item.kind} {item.name} of process {pid}")


def _describe(item: Leftover) -> dict[str, Any]:
    return {"kind": item.kind, "name": item.name, "pid": item.runner and item.runner.pid}


def _report_kept(item: Leftover) -> None:
    """Name what is kept because nobody here can tell whether its runner still runs."""
    if item.runner is None:
        report_warning(f"{item.kind} {item.name} is kept: its runner is not recorded")
    elif item.runner.foreign:
        report_warning(
            f"{item.kind} {item.name} is kept: its runner belongs to {item.runner.machine}"
        )


_ANSWER = Answer(
    (
        Key("dry_run", "boolean", "whether nothing was removed"),
        Key(
            "items",
            "list of object",
            "what is removed",
            (
                Key("kind", "string", "`container`, `network`, `process` or `folder`"),
                Key("name", "string", "its name, process id or path"),
                Key("pid", "integer|null", "the process that made it"),
                Key("error", "string|null", "why it could not be removed"),
            ),
        ),
    )
)

COMMAND = Command(
    name="prune",
    summary="remove containers, networks, processes and temporary folders of killed runners",
    add_options=_add_options,
    run=_run,
    example="prune --dry-run",
    answers={"": _ANSWER},
)
