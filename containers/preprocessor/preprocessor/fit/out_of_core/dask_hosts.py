"""Dask across the hosts of a job: the scheduler on the first, a worker on each, its rows its own.

What is pickled on the way goes between the hosts of this one job, on their private network, and
nowhere else. Every host listens at its own address alone.
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
    }
)
from distributed import Client, Scheduler, Worker  # noqa: E402

from preprocessor.fit.out_of_core.dask_local import tree, work  # noqa: E402
from preprocessor.fit.out_of_core.tasks import Task  # noqa: E402
from tandem.contract import job_hosts  # noqa: E402
from tandem.contract.training_job import Channel, Job  # noqa: E402
from tandem.errors import (  # noqa: E402
    Location,
    Stopped,
    TandemError,
    join_words,
)
from tandem.logs import logger  # noqa: E402

PORT = 8786
_CLOSE_SECONDS = 5.0
_STOP_SECONDS = 3.0
_GLANCE_SECONDS = 0.2
T = TypeVar("T")


class _Here:
    """What a task finds on the host it runs on."""

    job: Job
    channel: Channel
    verdict: TandemError | None = None
    ended = False


@contextmanager
def joined(job: Job, channel: Channel) -> Iterator[Leader | None]:
    """Join the hosts; gives the engine on the first host, and None on the others at the end.

    Raises TandemError naming a host that does not come or does not answer any more, Stopped, and on
    the other hosts what the first one raises.
    """
    _Here.job, _Here.channel = job, channel
    folder = tempfile.mkdtemp(prefix="tandem-dask-")
    try:
        with _loop() as run:
            if job.current_host != job.hosts[0]:
                _follow(job, run, folder)
                yield None
                return
            leader = Leader(job, run, folder)
            with leader:
                leader.wait()
                yield leader
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Run:
    """An event loop in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def start(self, work: Coroutine[Any, Any, T]) -> futures.Future[T]:
        """Begin something."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def __call__(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Do something. Raises TimeoutError."""
        return self.start(work).result(seconds)


@contextmanager
def _loop() -> Iterator[Run]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Run(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSE_SECONDS)


async def _worker(scheduler: str, own: str, name: str, folder: str) -> Any:
    return await Worker(
        scheduler,
        host=own,
        name=name,
        nthreads=1,
        memory_limit=0,
        local_directory=folder,
        dashboard=False,
        dashboard_address=f"{own}:0",
    )


def _follow(job: Job, run: Run, folder: str) -> None:
    """Work for the first host until it says that all is done. Raises what it says."""
    leader = job.hosts[0]
    logger.info("working for %s", leader)
    own = job_hosts.address(job.current_host, job.stop)
    place = _reach(leader, job)
    worker = run(_worker(f"tcp://{place}:{PORT}", own, job.current_host, folder))
    try:
        while not _Here.ended:
            time.sleep(_GLANCE_SECONDS)
            job.stop.check()
            if worker.status.name in {"closed", "closing", "failed"} and not _Here.ended:
                raise job_hosts.gone([leader])
    finally:
        with suppress(TimeoutError, OSError):
            run(worker.close(timeout=_CLOSE_SECONDS, reason="done"), 2 * _CLOSE_SECONDS)
    if _Here.verdict:
        raise _Here.verdict


def _reach(host: str, job: Job) -> str:
    """Wait until a host listens; gives its address. Raises as `peers.address` does."""
    place = job_hosts.address(host, job.stop)
    for _ in job_hosts.tries(job.stop, _GLANCE_SECONDS):
        with suppress(OSError), socket.create_connection((place, PORT), timeout=2):
            return place
    raise job_hosts.absent([host], "fit")


class Leader:
    """The engine of the first host: what it asks for is done on every host."""

    def __init__(self, job: Job, run: Run, folder: str) -> None:
        self._job = job
        self._run = run
        self._folder = folder
        self._scheduler: Any = None
        self._worker: Any = None
        self._client: Any = None

    def __enter__(self) -> Self:
        own = job_hosts.address(self._job.current_host, self._job.stop)
        self._run(self._open(own))
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        with suppress(TimeoutError, OSError, asyncio.CancelledError):
            self._run(self._close(_verdict(error)), 4 * _CLOSE_SECONDS)

    async def _open(self, own: str) -> None:
        self._scheduler = await Scheduler(
            host=own, port=PORT, dashboard=False, dashboard_address=f"{own}:0"
        )
        place = f"tcp://{own}:{PORT}"
        self._worker = await _worker(place, own, self._job.current_host, self._folder)
        self._client = await Client(place, asynchronous=True)

    async def _close(self, verdict: TandemError | None) -> None:
        others = [ws.address for ws in self._workers().values() if ws.name != self._worker.name]
        with suppress(TimeoutError, OSError):
            told = self._client.run(conclude, verdict, workers=others, on_error="ignore")
            await asyncio.wait_for(told, _CLOSE_SECONDS)
        for close in (self._client.close, self._worker.close, self._scheduler.close):
            with suppress(TimeoutError, OSError):
                await asyncio.wait_for(close(), _CLOSE_SECONDS)

    def wait(self) -> None:
        """Wait for all hosts. Raises TandemError naming who does not come, and Stopped."""
        told: list[str] = []
        missing = list(self._job.hosts)
        for _ in job_hosts.tries(self._job.stop, _GLANCE_SECONDS):
            missing = self._missing()
            if not missing:
                logger.info("%d hosts fit together", len(self._job.hosts))
                return
            if missing != told:
                logger.info("waiting for %s", join_words(missing))
                told = missing
        raise job_hosts.absent(missing, "fit")

    def reduced(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run a task on every host. Raises what it raises there, TandemError, and Stopped."""
        done = self._run.start(self._reduced(task, merge, arguments))
        while not done.done():
            with suppress(futures.TimeoutError):
                done.exception(_GLANCE_SECONDS)
            self._job.stop.check()
            if self._missing():
                self._lost()
        return done.result()

    async def _reduced(self, task: Task, merge: Callable[[Any, Any], Any], arguments: Any) -> Any:
        places = {worker.name: worker.address for worker in self._workers().values()}
        leaves = [
            self._client.submit(work_here, task, arguments, workers=places[host], pure=False)
            for host in self._job.hosts
        ]
        root = tree(leaves, lambda one, other: self._client.submit(merge, one, other, pure=False))
        return await root

    def _workers(self) -> dict[str, Any]:
        return dict(self._scheduler.workers)

    def _missing(self) -> list[str]:
        here = {worker.name for worker in self._workers().values()}
        return [host for host in self._job.hosts if host not in here]

    def _lost(self) -> None:
        gone = self._missing()
        # A stop reaches all hosts, and another may obey it first.
        for _ in range(int(_STOP_SECONDS / _GLANCE_SECONDS)):
            time.sleep(_GLANCE_SECONDS)
            self._job.stop.check()
        raise job_hosts.gone(gone)


def work_here(task: Task, arguments: Any) -> Any:
    """Run a task on the rows of this host; what it raises says so."""
    try:
        found = work(_Here.channel, _Here.job.stop, (0, None), task, arguments)
    except TandemError as error:
        error.where = _told(error.where)
        raise
    return _told(found) if isinstance(found, Location) else found


def conclude(verdict: TandemError | None) -> None:
    """Hear from the first host how it ended."""
    _Here.verdict, _Here.ended = verdict, True


def _told(place: Location) -> Location:
    if place.file is None:
        return place
    return replace(place, file=f"{place.file} on {_Here.job.current_host}")


def _verdict(error: BaseException | None) -> TandemError | None:
    if error is None or isinstance(error, TandemError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Stopped("interrupted")
    return TandemError("the first host failed", remedy="See its log")
