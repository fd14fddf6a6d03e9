"""`prune`: remove what killed runners left behind."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from local_test import leftovers, settings
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure, report_warning
from local_test.engines.docker_engine import docker_leftovers
from local_test.engines.docker_engine.client import connect
from local_test.errors import EngineError
from local_test.leftovers import Leftover


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be removed and remove nothing"
    )


def _run(args: Namespace) -> int:
    removed = failed = 0
    try:
        with connect(settings.read_settings()) as client:
            items = list(docker_leftovers.find_docker_leftovers(client))
            removed, failed = _remove_orphans(items, dry_run=args.dry_run)
    except EngineError as error:
        report_warning(f"containers and networks are not examined: {error}")
    folders = _remove_orphans(leftovers.find_leftovers(), dry_run=args.dry_run)
    if not (removed + failed + sum(folders)):
        print("nothing to remove")
    return 1 if failed + folders[1] else 0


def _remove_orphans(items: Iterable[Leftover], *, dry_run: bool) -> tuple[int, int]:
    removed = failed = 0
    for item in items:
        if not item.orphaned:
            _report_kept(item)
            continue
        try:
            if not dry_run:
                item.remove()
        except (EngineError, OSError) as error:
            report_failure(f"{item.kind} {item.name} cannot be removed: {error}")
            failed += 1
            continue
        verb = "would remove" if dry_run else "removed"
        print(f"{verb} {item.kind} {item.name} of process {item.runner and item.runner.pid}")
        removed += 1
    return removed, failed


def _report_kept(item: Leftover) -> None:
    """Name what is kept because nobody here can tell whether its runner still runs."""
    if item.runner is None:
        report_warning(f"{item.kind} {item.name} is kept: its runner is not recorded")
    elif item.runner.foreign:
        report_warning(
            f"{item.kind} {item.name} is kept: its runner belongs to {item.runner.machine}"
        )


COMMAND = Command(
    name="prune",
    summary="remove containers, networks, processes and temporary folders of killed runners",
    add_options=_add_options,
    run=_run,
    example="prune --dry-run",
)
