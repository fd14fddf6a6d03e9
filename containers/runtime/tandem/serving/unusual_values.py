"""Reports on values unlike the training data: a response header, and a metric in the log.

These are out-of-range, unseen and unparsable values and missing columns.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Mapping

from tandem.data.unusual_counts import UnusualCounts
from tandem.serving.metrics import emf

HEADER = "X-Tandem-Unusual"
# The only header of a container that an endpoint passes on to its client.
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_COLUMNS = 10


def make_headers(counts: UnusualCounts) -> Mapping[str, str]:
    """Return the headers with the counts of one response by kind: at most five numbers."""
    text = ";".join(f"{kind}={count}" for kind, count in counts.sum_by_kind().items())
    return {HEADER: text, ATTRIBUTES: text}


class UnusualValueLog:
    """The sum of the counts of a worker's requests, logged once a minute and at the end."""

    def __init__(self) -> None:
        self._state = _State()
        weakref.finalize(self, self._state.flush)

    def add(self, counts: UnusualCounts) -> None:
        """Add the counts of one request."""
        self._state.add(counts, time.monotonic())


class _State:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = UnusualCounts()
        self._logged = -emf.INTERVAL_SECONDS

    def add(self, counts: UnusualCounts, now: float) -> None:
        with self._lock:
            self._counts.merge(counts)
            if now - self._logged < emf.INTERVAL_SECONDS:
                return
            self._logged = now
        self.flush()

    def flush(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, UnusualCounts()
        if counts:
            _log(counts)


def _log(counts: UnusualCounts) -> None:
    kinds = counts.sum_by_kind()
    columns = {kind: dict(list(counts.rank_columns(kind))[:_COLUMNS]) for kind in kinds}
    emf.write_metrics(kinds, dict.fromkeys(kinds, "Count"), columns=columns)
