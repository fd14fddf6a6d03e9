"""The queue of an asynchronous endpoint: as many at a time as its instances take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from local_test.service.background.async_queues import AsyncQueues

KEY = ("region", "endpoint")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_queue_waits_without_instances_and_follows_their_number() -> None:
    queues, errors = AsyncQueues(), list[Exception]()
    started, release = list[int](), threading.Event()

    def add(number: int) -> None:
        def work() -> None:
            started.append(number)
            release.wait(60)

        queues.add(KEY, work, errors.append)

    assert queues.open(KEY, 0)
    for number in range(4):
        add(number)
    assert (started, queues.measure_backlog(KEY).size) == ([], 4)
    queues.resize(KEY, 1)
    wait_for(lambda: started == [0])
    assert not queues.open(KEY, 2)
    wait_for(lambda: started == [0, 1])
    assert queues.measure_backlog(KEY).size == 4
    release.set()
    wait_for(lambda: queues.measure_backlog(KEY).size == 0)
    assert sorted(started) == [0, 1, 2, 3]
    assert errors == []


def test_an_error_and_a_dropped_queue_end_nothing_else() -> None:
    queues, errors, done = AsyncQueues(), list[Exception](), list[str]()

    def fail() -> None:
        raise KeyError("bad")

    queues.open(KEY, 1)
    queues.add(KEY, fail, errors.append)
    queues.add(KEY, lambda: done.append("next"), errors.append)
    wait_for(lambda: done == ["next"])
    assert [str(error) for error in errors] == ["'bad'"]
    queues.resize(KEY, 0)
    queues.add(KEY, lambda: done.append("dropped"), errors.append)
    queues.drop(KEY)
    queues.resize(KEY, 1)
    queues.add(KEY, lambda: done.append("no queue"), errors.append)
    assert (queues.measure_backlog(KEY).size, done) == (0, ["next"])
