"""The requests of a batch transform job: so many at a time, whichever objects they belong to."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self, TypeVar

from local_test.errors import JobError, UserError

_Body = TypeVar("_Body")
_Answer = TypeVar("_Answer")


class RequestPool:
    """At most `concurrent` requests under way, and one more that is read already.

    An object's last request need not end before the first one of the next object is sent. What is
    in memory is bounded: a body counts until its answer is written. `with` waits for all requests,
    unless it ends with an error: an interrupt does not wait.
    """

    def __init__(self, concurrent: int) -> None:
        self._requests = ThreadPoolExecutor(concurrent)
        self._objects = ThreadPoolExecutor(concurrent)
        self._bodies = threading.Semaphore(concurrent + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for threads in (self._objects, self._requests):
            threads.shutdown(wait=kind is None, cancel_futures=True)

    def run_objects(
        self, run: Callable[[_Body], _Answer], objects: Iterable[_Body]
    ) -> Sequence[_Answer]:
        """Call `run` for each object, several at a time; return the results in their order."""
        return list(self._objects.map(run, objects))

    def send_in_order(
        self, bodies: Iterator[_Body], send: Callable[[_Body], _Answer]
    ) -> Iterator[_Answer]:
        """Yield the answer to each body, in their order; thread-safe.

        Raises what reading a body or sending it raises. The bodies behind are not sent then.
        """
        under_way = deque[Future[_Answer]]()
        held = 0
        try:
            while True:
                # Who holds a body never waits for others to let go of theirs.
                while not self._bodies.acquire(blocking=not under_way):
                    yield under_way.popleft().result()
                    self._bodies.release()
                    held -= 1
                held += 1
                body = next(bodies, None)
                if body is None:
                    break
                under_way.append(self._requests.submit(send, body))
            while under_way:
                yield under_way.popleft().result()
        except (UserError, JobError):
            wait([future for future in under_way if not future.cancel()])
            raise
        finally:
            if held:
                self._bodies.release(held)
