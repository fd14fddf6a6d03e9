"""Removes, when `up` starts, what a killed `up` on the same state folder left behind."""

import sys
from pathlib import Path

from local_test import leftovers, output, settings
from local_test.commands.shared.failure_report import report_warning
from local_test.engines import EngineName
from local_test.engines.owner import name_owner
from local_test.errors import EngineError
from local_test.leftovers import Leftover
from local_test.process_identity import ProcessIdentity, identify_this_process

_RUNNER = "runner"


def remove_leftovers(state: Path, engine: EngineName) -> None:
    """Remove the leftovers of killed services on `state`; print each to standard error."""
    last = read_runner(state)
    for item in leftovers.find_leftovers():
        if item.runner == last and item.orphaned:
            _remove(item)
    if engine != "process":
        _remove_docker_leftovers(state, required=engine == "docker")


def record_runner(state: Path) -> None:
    """Record this process as the one that serves `state`."""
    path = state / _RUNNER
    path.touch(mode=0o600)
    path.write_text(f"{identify_this_process()}\n", encoding="utf-8")


def read_runner(state: Path) -> ProcessIdentity | None:
    """Return the process that served `state` last, None when none is recorded."""
    try:
        return ProcessIdentity.parse((state / _RUNNER).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _remove_docker_leftovers(state: Path, *, required: bool) -> None:
    from local_test.engines.docker_engine.client import connect
    from local_test.engines.docker_engine.docker_leftovers import find_docker_leftovers

    try:
        with connect(settings.read_settings()) as client:
            for item in find_docker_leftovers(client, name_owner(state)):
                if item.orphaned:
                    _remove(item)
    except EngineError:
        if required:
            raise


def _remove(item: Leftover) -> None:
    try:
        item.remove()
    except (EngineError, OSError) as error:
        report_warning(f"{item.kind} {item.name} of an ended service cannot be removed: {error}")
    else:
        if not output.is_quiet():
            print(f"removed {item.kind} {item.name} of an ended service", file=sys.stderr)
