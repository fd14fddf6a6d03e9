"""Dask across the hosts of a job: the scheduler on the first host, a worker on each for its rows.

An image that uses it has `distributed` among its requirements.

Pickles are sent only between the hosts of one job, on their private network. Every host listens
only on its own address.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Self, TypeVar

import dask

# distributed sets its loggers up when it is imported.
dask.config.set(
    {
        "logging": {"distributed": "critical", "tornado": "critical", "asyncio": "critical"},
        "distributed.scheduler.allowed-failures": 0,
        "distributed.scheduler.worker-ttl": "60s",
        "distributed.comm.timeouts.connect": "20s",
        "distributed.comm.timeouts.tcp": "60s",
        "distributed.worker.profile.enabled": False,
        # Arguments of a task are rows of data; the warning is about graphs of many tasks.
        "distributed.admin.large-graph-warning-threshold": "1TiB",
    }
)
from distributed import Client, Scheduler, Worker  # noqa: E402

from tandem.contract import job_hosts  # noqa: E402
from tandem.errors import (  # noqa: E402
    Location,
    Stopped,
    TandemError,
    join_words,
)
from tandem.hosts.membership import Membership  # noqa: E402
from tandem.hosts.pairwise_merge import merge_pairwise  # noqa: E402
from tandem.logs import logger  # noqa: E402

PORT = 8786
_CLOSE_SECONDS = 5.0
_STOP_SECONDS = 3.0
_GLANCE_SECONDS = 0.2
T = TypeVar("T")
Task = Callable[..., Any]
RunHere = Callable[[Task, tuple[Any, ...]], Any]
"""Runs a task, a function of a module, with arguments on the rows of this host."""


class _HostState:
    """The state of this host for the tasks that Dask runs on it."""

    members: Membership
    run_here: RunHere
    verdict: TandemError | None = None
    ended = False


@contextmanager
def join_hosts(members: Membership, run_here: RunHere) -> Iterator[Leader | None]:
    """Join the hosts of a job: yield the engine on the first, and None on the others when it ends.

    Raises TandemError, with its name, when a host does not join or is lost; Stopped after SIGTERM;
    and on the other hosts the error of the first host.
    """
    _HostState.members, _HostState.run_here = members, run_here
    folder = tempfile.mkdtemp(prefix="tandem-dask-")
    try:
        with _run_event_loop() as run:
            if not members.leads:
                _work_for_leader(members, run, folder)
                yield None
                return
            leader = Leader(members, run, folder)
            with leader:
                leader.wait_for_hosts()
                yield leader
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class EventLoopThread:
    """An asyncio event loop that runs in its own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> futures.Future[T]:
        """Start a coroutine and return its future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def __call__(self, coroutine: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Return the result of a coroutine. Raises TimeoutError after `seconds`."""
        return self.submit(coroutine).result(seconds)


@contextmanager
def _run_event_loop() -> Iterator[EventLoopThread]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield EventLoopThread(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSE_SECONDS)


async def _start_worker(scheduler: str, own_address: str, name: str, folder: str) -> Any:
    return await Worker(
        scheduler,
        host=own_address,
        name=name,
        nthreads=1,
        memory_limit=0,
        local_directory=folder,
        dashboard=False,
        dashboard_address=f"{own_address}:0",
    )


def _work_for_leader(members: Membership, run: EventLoopThread, folder: str) -> None:
    """Run a Dask worker until the first host ends the work. Raises the error of that host."""
    leader = members.hosts[0]
    logger.info("working for %s", leader)
    own_address = job_hosts.wait_for_address(members.current, members.stop)
    leader_address = _wait_for_listener(leader, members)
    worker = run(
        _start_worker(f"tcp://{leader_address}:{PORT}", own_address, members.current, folder)
    )
    try:
        while not _HostState.ended:
            time.sleep(_GLANCE_SECONDS)
            members.stop.check()
            if worker.status.name in {"closed", "closing", "failed"} and not _HostState.ended:
                raise job_hosts.make_gone_error([leader])
    finally:
        with suppress(TimeoutError, OSError):
            run(worker.close(timeout=_CLOSE_SECONDS, reason="done"), 2 * _CLOSE_SECONDS)
    if _HostState.verdict:
        raise _HostState.verdict


def _wait_for_listener(host: str, members: Membership) -> str:
    """Wait until a host listens, and return its address. Raises TandemError and Stopped."""
    address = job_hosts.wait_for_address(host, members.stop)
    for _ in job_hosts.retry(members.stop, _GLANCE_SECONDS):
        with suppress(OSError), socket.create_connection((address, PORT), timeout=2):
            return address
    raise job_hosts.make_absent_error([host], members.work)


class Leader:
    """The engine of the first host; it runs tasks on every host."""

    def __init__(self, members: Membership, run: EventLoopThread, folder: str) -> None:
        self._members = members
        self._run = run
        self._folder = folder
        self._scheduler: Any = None
        self._worker: Any = None
        self._client: Any = None

    def __enter__(self) -> Self:
        own_address = job_hosts.wait_for_address(self._members.current, self._members.stop)
        self._run(self._open(own_address))
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        with suppress(TimeoutError, OSError, asyncio.CancelledError):
            self._run(self._close(_to_verdict(error)), 4 * _CLOSE_SECONDS)

    async def _open(self, own_address: str) -> None:
        self._scheduler = await Scheduler(
            host=own_address, port=PORT, dashboard=False, dashboard_address=f"{own_address}:0"
        )
        scheduler_address = f"tcp://{own_address}:{PORT}"
        self._worker = await _start_worker(
            scheduler_address, own_address, self._members.current, self._folder
        )
        self._client = await Client(scheduler_address, asynchronous=True)

    async def _close(self, verdict: TandemError | None) -> None:
        others = [
            ws.address for ws in self._list_workers().values() if ws.name != self._worker.name
        ]
        with suppress(TimeoutError, OSError):
            ending = self._client.run(end_work, verdict, workers=others, on_error="ignore")
            await asyncio.wait_for(ending, _CLOSE_SECONDS)
        for close in (self._client.close, self._worker.close, self._scheduler.close):
            with suppress(TimeoutError, OSError):
                await asyncio.wait_for(close(), _CLOSE_SECONDS)

    def wait_for_hosts(self) -> None:
        """Wait for all hosts. Raises TandemError, with the names of missing hosts, and Stopped."""
        logged: list[str] = []
        missing = list(self._members.hosts)
        for _ in job_hosts.retry(self._members.stop, _GLANCE_SECONDS):
            missing = self._list_missing_hosts()
            if not missing:
                logger.info("%d hosts joined the %s", len(self._members.hosts), self._members.work)
                return
            if missing != logged:
                logger.info("waiting for %s", join_words(missing))
                logged = missing
        raise job_hosts.make_absent_error(missing, self._members.work)

    def map_reduce(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run a task on every host. Raises what it raises, TandemError for a lost host, Stopped."""
        done = self._run.submit(self._map_reduce(task, merge, arguments))
        while not done.done():
            with suppress(futures.TimeoutError):
                done.exception(_GLANCE_SECONDS)
            self._members.stop.check()
            if self._list_missing_hosts():
                self._raise_lost_hosts()
        if done.exception() is not None and self._list_missing_hosts():
            self._raise_lost_hosts()
        return done.result()

    async def _map_reduce(
        self, task: Task, merge: Callable[[Any, Any], Any], arguments: Any
    ) -> Any:
        addresses = {worker.name: worker.address for worker in self._list_workers().values()}
        if lost_hosts := [host for host in self._members.hosts if host not in addresses]:
            raise job_hosts.make_gone_error(lost_hosts)
        leaves = [
            self._client.submit(run_task_here, task, arguments, workers=addresses[host], pure=False)
            for host in self._members.hosts
        ]
        root = merge_pairwise(
            leaves, lambda one, other: self._client.submit(merge, one, other, pure=False)
        )
        return await root

    def _list_workers(self) -> dict[str, Any]:
        return dict(self._scheduler.workers)

    def _list_missing_hosts(self) -> list[str]:
        here = {worker.name for worker in self._list_workers().values()}
        return [host for host in self._members.hosts if host not in here]

    def _raise_lost_hosts(self) -> None:
        lost_hosts = self._list_missing_hosts()
        # A stop reaches all hosts, and another may obey it first.
        for _ in range(int(_STOP_SECONDS / _GLANCE_SECONDS)):
            time.sleep(_GLANCE_SECONDS)
            self._members.stop.check()
        raise job_hosts.make_gone_error(lost_hosts)


def run_task_here(task: Task, arguments: Any) -> Any:
    """Run a task on the rows of this host; its errors name the host."""
    try:
        result = _HostState.run_here(task, arguments)
    except TandemError as error:
        error.where = _add_host(error.where)
        raise
    return _add_host(result) if isinstance(result, Location) else result


def end_work(verdict: TandemError | None) -> None:
    """Note the result of the first host, so that this host ends its work."""
    _HostState.verdict, _HostState.ended = verdict, True


def _add_host(where: Location) -> Location:
    if where.file is None:
        return where
    return replace(where, file=f"{where.file} on {_HostState.members.current}")


def _to_verdict(error: BaseException | None) -> TandemError | None:
    if error is None or isinstance(error, TandemError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Stopped("interrupted")
    return TandemError("the first host failed", remedy="See its log")
