"""Requests of several objects: in order within each, overlapping, and bounded in number."""

import threading
from collections.abc import Iterator

import pytest

from local_test.errors import JobError
from local_test.platform.batch_transform.request_pool import RequestPool

SECONDS = 20.0  # after which a test fails instead of waiting on


def test_answers_come_in_the_order_of_the_bodies() -> None:
    second_sent = threading.Event()

    def send(body: int) -> int:
        if body == 2:
            second_sent.set()
        elif body == 1:
            assert second_sent.wait(SECONDS)
        return body * 10

    with RequestPool(2) as pool:
        assert list(pool.send_in_order(iter([1, 2, 3, 4]), send)) == [10, 20, 30, 40]


def test_requests_of_two_objects_are_under_way_together() -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def run(body: str) -> list[str]:
        return list(pool.send_in_order(iter([body]), lambda body: f"{body}{both.wait() * 0}"))

    with RequestPool(2) as pool:
        assert pool.run_objects(run, ["a", "b"]) == [["a0"], ["b0"]]


def test_bodies_in_memory_are_bounded_whatever_the_number_of_objects() -> None:
    lock, counts = threading.Lock(), [0, 0]

    def read() -> Iterator[int]:
        for body in range(10):
            with lock:
                counts[0] += 1
                counts[1] = max(counts)
            yield body

    def run(_: int) -> int:
        answers = 0
        for _answer in pool.send_in_order(read(), lambda body: body):
            answers += 1
            with lock:
                counts[0] -= 1
        return answers

    with RequestPool(3) as pool:
        assert sum(pool.run_objects(run, range(20))) == 200
    assert counts[0] == 0
    assert 0 < counts[1] <= 4


def test_an_object_that_fails_leaves_the_others_their_requests() -> None:
    def send(body: int) -> int:
        if body == 1:
            raise JobError("refused")
        return body

    def run(bodies: range) -> list[int] | str:
        try:
            return list(pool.send_in_order(iter(bodies), send))
        except JobError as error:
            return str(error)

    with RequestPool(2) as pool:
        results = pool.run_objects(run, [range(5), range(2, 8), range(1, 9), range(2, 3)])
    assert results == ["refused", [2, 3, 4, 5, 6, 7], "refused", [2]]


def test_an_interrupt_does_not_wait_for_requests_under_way() -> None:
    begun, answered, ended = (threading.Event() for _ in range(3))

    def send(_: int) -> None:
        begun.set()
        answered.wait(SECONDS)
        ended.set()

    def interrupt() -> None:
        with RequestPool(1) as pool:
            threading.Thread(target=lambda: list(pool.send_in_order(iter([1]), send))).start()
            assert begun.wait(SECONDS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert not ended.is_set()
    answered.set()
    assert ended.wait(SECONDS)
