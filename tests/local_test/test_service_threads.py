"""Work under one name, one piece after another."""

from __future__ import annotations

import threading

from local_test.service.threads import Threads


def test_later_work_of_a_name_is_the_one_that_is_stopped() -> None:
    threads, begun, done, stopped = Threads(), *(threading.Event() for _ in range(3))

    def first(stop: threading.Event) -> None:
        assert begun.wait(30)
        done.set()
        assert not stop.is_set()

    def second(stop: threading.Event) -> None:
        begun.set()
        if stop.wait(30):
            stopped.set()

    threads.start("endpoint", first)
    threads.start("endpoint", second)
    assert done.wait(30)
    threads.stop("endpoint")
    assert stopped.wait(30)
    threads.close()


def test_interrupted_work_goes_on_once_and_a_stop_is_final() -> None:
    threads, rounds, over = Threads(), list[int](), threading.Event()

    def work(stop: threading.Event) -> None:
        while True:
            rounds.append(1)
            assert stop.wait(30)
            if not threads.again("job"):
                over.set()
                return

    threads.start("job", work)
    threads.interrupt("job")
    while len(rounds) < 2:
        assert not over.wait(0.01)
    threads.close()
    assert over.is_set()
    assert len(rounds) == 2
