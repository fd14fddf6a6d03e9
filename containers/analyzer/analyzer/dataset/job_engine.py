"""The hosts of a job: a task runs on the files of each, and the first one merges the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from analyzer.dataset.shares import WHOLE, read_share
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.hosts.membership import Membership


class JobEngine(Protocol):
    """Runs tasks on all hosts of a job."""

    def map_reduce(
        self, task: Callable[..., Any], merge: Callable[[Any, Any], Any], *arguments: Any
    ) -> Any:
        """Run task(job, share, *arguments) on every host, and fold the results with `merge`.

        `task` and `merge` are functions of a module. Raises what the task raises, TandemError for
        a lost host, and Stopped.
        """


@dataclass(frozen=True)
class OneHost:
    """The engine of a job of one host."""

    job: Any

    def map_reduce(
        self, task: Callable[..., Any], _merge: Callable[[Any, Any], Any], *arguments: Any
    ) -> Any:
        """Run the task on all files."""
        return task(self.job, WHOLE, *arguments)


@contextmanager
def open_engine(
    job: Any, paths: Paths, hosts: tuple[str, ...], current_host: str
) -> Iterator[JobEngine | None]:
    """Join the hosts of a job: yield the engine on the first, and None on the others at the end.

    A task gets the `job` of the host that it runs on, whose folders may have other places.
    Raises TandemError when a host does not join or is lost, Stopped after SIGTERM; and on the
    other hosts the error of the first one.
    """
    if len(hosts) == 1:
        yield OneHost(job)
        return
    from tandem.hosts.dask_hosts import join_hosts

    members = Membership(hosts, current_host, Stop().listen(), "analysis")
    share = read_share(paths, members.index, len(hosts))

    def run_here(task: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return task(job, share, *arguments)

    with join_hosts(members, run_here) as leader:
        yield leader
