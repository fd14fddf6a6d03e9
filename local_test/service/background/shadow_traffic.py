"""Copies of requests for shadow variants, and how their responses compare to the production's.

A copy is sent when the client has its response, by a few threads of the service, so it neither
delays nor changes the response. Copies that would wait behind too many others are left out.
"""

import math
import re
import statistics
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local_test.service.background.async_queues import EndpointKey
from local_test.service.error_boundary import run_round

_THREADS = 4
_MOST_WAITING = 64
_KEPT = 10_000
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Outcome:
    """How a variant responded to a request: seconds, body, and whether it succeeded."""

    seconds: float
    body: bytes
    succeeded: bool


@dataclass
class Comparison:
    """Responses of a production and a shadow variant to the same requests.

    Latencies are those of the last 10,000 requests, in seconds, as pairs.
    """

    production: str
    shadow: str
    counts: Counter[str] = field(default_factory=Counter)
    greatest_difference: float = 0.0
    seconds: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def add(self, production: Outcome, shadow: Outcome) -> None:
        """Add the responses to one request."""
        self.counts["requests"] += 1
        self.counts["production errors"] += not production.succeeded
        self.counts["shadow errors"] += not shadow.succeeded
        self.seconds.append((production.seconds, shadow.seconds))
        if not (production.succeeded and shadow.succeeded):
            return
        difference = measure_difference(production.body, shadow.body)
        self.counts["equal" if difference == 0 else "different"] += 1
        if difference is None:
            self.counts["different in more than numbers"] += 1
        else:
            self.greatest_difference = max(self.greatest_difference, difference)

    def list_latencies(self, percent: int) -> tuple[float, float]:
        """Return a percentile of the latency of production and of shadow, in seconds."""
        pairs = tuple(self.seconds)
        first, second = ([pair[side] for pair in pairs] for side in (0, 1))
        return _find_percentile(first, percent), _find_percentile(second, percent)


def measure_difference(one: bytes, other: bytes) -> float | None:
    """Return the greatest difference between numbers at the same place of two bodies.

    Return None when the bodies differ in more than numbers.
    """
    if one == other:
        return 0.0
    if _NUMBER.sub(b"#", one) != _NUMBER.sub(b"#", other):
        return None
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return max((abs(float(left) - float(right)) for left, right in pairs), default=0.0)


def _find_percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else math.nan
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


class ShadowTraffic:
    """The copies under way, and the comparisons by endpoint; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "shadow")
        self._waiting = 0
        self._comparisons: dict[EndpointKey, Comparison] = {}

    def submit(self, key: EndpointKey, names: tuple[str, str], work: Callable[[], None]) -> None:
        """Send a copy soon, or count it as left out; `names` are production and shadow."""
        comparison = self._open(key, names)
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                comparison.counts["left out"] += 1
                return
            self._waiting += 1
        self._pool.submit(self._run, work)

    def add(
        self, key: EndpointKey, names: tuple[str, str], production: Outcome, shadow: Outcome
    ) -> None:
        """Add the responses to one request to the comparison of two variants."""
        comparison = self._open(key, names)
        with self._lock:
            comparison.add(production, shadow)

    def find_comparison(self, key: EndpointKey) -> Comparison | None:
        """Return the comparison of an endpoint's variants, None if there was no copy."""
        with self._lock:
            return self._comparisons.get(key)

    def drop(self, key: EndpointKey) -> None:
        """Forget the comparison of an endpoint."""
        with self._lock:
            self._comparisons.pop(key, None)

    def close(self) -> None:
        """Send no more copies, and wait for those under way."""
        self._pool.shutdown(cancel_futures=True)

    def _open(self, key: EndpointKey, names: tuple[str, str]) -> Comparison:
        with self._lock:
            known = self._comparisons.get(key)
            if known is None or (known.production, known.shadow) != names:
                known = self._comparisons[key] = Comparison(*names)
            return known

    def _run(self, work: Callable[[], None]) -> None:
        run_round(work)
        with self._lock:
            self._waiting -= 1
