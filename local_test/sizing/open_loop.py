"""Requests at a rate, sent whether or not earlier ones have been answered.

A response's time counts from the moment its request was due, so that a server that stands still for
a second is not measured by the few requests that were sent meanwhile. Source: Schroeder, Wierman,
Harchol-Balter, 'Open Versus Closed: A Cautionary Tale' (NSDI 2006).
"""

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

_MOST_THREADS = 256
_GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class LoadResult:
    """What a rate of requests a second gave; latencies are in seconds.

    `late` are requests that had no response when the time was over.
    """

    rate: float
    requests: int
    errors: int
    late: int
    p50: float
    p99: float

    def meets(self, p99: float) -> bool:
        """Return True if every request was answered, and 99 of 100 within so many seconds."""
        return not (self.errors or self.late) and self.p99 <= p99


def run_open_loop(
    send: Callable[[], bool], rate: float, seconds: float, *, seed: int = 0
) -> LoadResult:
    """Send requests at random times, `rate` a second on average; `send` returns its success.

    At most 256 wait for their responses; requests beyond are sent when one of these is done, and
    count from when they were due.
    """
    run = _Run(send, _draw_times(rate, seconds, seed))
    threads = [
        threading.Thread(target=partial(run.work, seconds + _GRACE_SECONDS), daemon=True)
        for _ in range(min(_MOST_THREADS, len(run.times)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return run.summarize(rate)


def _draw_times(rate: float, seconds: float, seed: int) -> list[float]:
    """Return the times of a Poisson process, in seconds; at least one."""
    chance = random.Random(seed)  # noqa: S311
    times = [0.0]
    while (following := times[-1] + chance.expovariate(rate)) < seconds:
        times.append(following)
    return times


class _Run:
    def __init__(self, send: Callable[[], bool], times: list[float]) -> None:
        self.times = times
        self._send = send
        self._next = 0
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self._errors = 0
        self._begin = time.monotonic()

    def work(self, last: float) -> None:
        """Send one request after the other, until none is left or `last` seconds have passed."""
        while True:
            with self._lock:
                if self._next == len(self.times):
                    return
                due = self._begin + self.times[self._next]
                if time.monotonic() > self._begin + last:
                    return
                self._next += 1
            time.sleep(max(due - time.monotonic(), 0.0))
            succeeded = self._send()
            latency = time.monotonic() - due
            with self._lock:
                self._latencies.append(latency)
                self._errors += not succeeded

    def summarize(self, rate: float) -> LoadResult:
        latencies = sorted(self._latencies)
        late = len(self.times) - len(latencies)
        p50, p99 = (_find_percentile(latencies, share) for share in (0.5, 0.99))
        return LoadResult(rate, len(self.times), self._errors, late, p50, p99)


def _find_percentile(ordered: list[float], share: float) -> float:
    """Return the smallest value that so large a share does not exceed."""
    if not ordered:
        return math.inf
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
