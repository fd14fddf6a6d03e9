"""Dask in one process: one task per group of files, results merged pairwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from preprocessor.fit.out_of_core.channel_chunks import read_chunks
from preprocessor.fit.out_of_core.tasks import Task
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.data.tables import Records
from tandem.hosts.pairwise_merge import merge_pairwise
from tandem.machine.cgroup import cpu_quota

_TASKS_A_THREAD = 4


class LocalEngine:
    """The engine of a single host; tasks run in threads."""

    def __init__(self, channel: Channel, stop: Stop) -> None:
        self._channel = channel
        self._stop = stop

    def map_reduce(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run a task on groups of files in threads. Raises the task's error, and Stopped."""
        import dask

        threads = max(1, math.ceil(cpu_quota()))
        delayed = partial(dask.delayed, pure=False, traverse=False)
        leaves = [
            delayed(partial(run_task, self._channel, self._stop, span, task, arguments))()
            for span in divide_objects(self._channel, _TASKS_A_THREAD * threads)
        ]
        root = merge_pairwise(leaves, delayed(merge))
        return dask.compute(root, scheduler="threads", num_workers=threads)[0]


def run_task(
    channel: Channel, stop: Stop, span: tuple[int, int | None], task: Task, arguments: Any
) -> Any:
    """Run a task on the rows of a span of a channel's objects; on no rows if it is empty."""
    rows = iter(()) if channel.empty else read_chunks(channel, *span)
    return task(_check_stop_between(rows, stop), *arguments)


def divide_objects(channel: Channel, most: int) -> list[tuple[int, int | None]]:
    """Return at most `most` spans (start, end) of a channel's objects; a pipe is one span."""
    if channel.pipe or channel.empty:
        return [(0, None)]
    count = len(channel.files())
    ends = [count * at // most for at in range(most + 1)] if count > most else range(count + 1)
    return list(pairwise(ends))


def _check_stop_between(rows: Iterator[Records], stop: Stop) -> Iterator[Records]:
    for part in rows:
        stop.check()
        yield part
