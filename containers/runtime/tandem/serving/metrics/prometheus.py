"""Metrics as a page for Prometheus: the sum over all workers, whichever of them responds.

(prometheus.io/docs, "Exposition formats", text format 0.0.4, and "Metric and label naming".)
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from tandem.data.unusual_counts import KINDS, UnusualCounts
from tandem.serving.metrics.base import Metrics, Recorder, StageNames, StageTimes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Upper bounds in seconds: a row takes microseconds, a large body of a slow model seconds.
BUCKET_BOUNDS = (
    *(1e-05, 2.5e-05, 5e-05, 1e-04, 2.5e-04, 5e-04, 1e-03, 2.5e-03, 5e-03),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_STAGES = ("decode", "predict", "transform", "script", "encode")
_FAILURES = ("3xx", "4xx", "5xx")
# A slot's cells: these counters, then of each stage a count for each bound, a count of those above
# all bounds, and the sum of the seconds.
_COUNTERS = (*_FAILURES, *KINDS)
_COUNTS = len(BUCKET_BOUNDS) + 1
_FIRST = {s: len(_COUNTERS) + number * (_COUNTS + 1) for number, s in enumerate(_STAGES)}
_CELLS = len(_COUNTERS) + len(_STAGES) * (_COUNTS + 1)

_REQUESTS, _DURATION = "tandem_requests_total", "tandem_stage_duration_seconds"
_UNUSUAL = "tandem_unusual_values_total"


class PrometheusMetrics(Metrics):
    """Counters in shared memory; a worker writes its own slot only.

    A worker that replaces another continues its counts: no counter ever decreases.
    """

    def __init__(self, slots: int) -> None:
        self._cells = memoryview(mmap.mmap(-1, 8 * _CELLS * slots)).cast("d")
        self._shown: set[str] = set()
        self.lock = threading.Lock()
        self.use_slot(0)

    def use_slot(self, slot: int) -> None:
        """Write to this slot from now on."""
        self.own = self._cells[slot * _CELLS : (slot + 1) * _CELLS]

    def make_recorder(self, names: StageNames) -> Recorder:
        """Return a recorder of a model's times; stages of the same name are counted together."""
        self._shown.update(names)
        return _Recorder(self, names)

    def count_failure(self, status: int) -> None:
        """Count a failed request by the class of its status."""
        cell = min(max(status // 100 - 3, 0), len(_FAILURES) - 1)
        with self.lock:
            self.own[cell] += 1.0

    def count_unusual(self, counts: UnusualCounts) -> None:
        """Count unusual values by kind."""
        with self.lock:
            for kind, count in counts.sum_by_kind().items():
                self.own[_COUNTERS.index(kind)] += count

    def render_page(self) -> str:
        """Return the counts of all workers in Prometheus's text format."""
        total = [sum(self._cells[cell::_CELLS]) for cell in range(_CELLS)]
        lines = [*_format_requests(total), *_format_unusual(total)]
        if self._shown:
            lines.append(f"# HELP {_DURATION} Time each stage of a successful prediction took.")
            lines.append(f"# TYPE {_DURATION} histogram")
        for stage in _STAGES:
            if stage in self._shown:
                lines += _format_histogram(stage, total[_FIRST[stage] :])
        return "\n".join([*lines, ""])


class _Recorder:
    """A recorder without loops, because every request passes it (docs/performance.md)."""

    def __init__(self, metrics: PrometheusMetrics, names: StageNames) -> None:
        self._metrics = metrics
        self._firsts = tuple(_FIRST[name] for name in names)

    def add(self, times: StageTimes, _now: float) -> None:
        one, two, three = self._firsts
        decode, middle, encode = times
        with self._metrics.lock:
            own = self._metrics.own
            own[one + bisect_left(BUCKET_BOUNDS, decode)] += 1.0
            own[two + bisect_left(BUCKET_BOUNDS, middle)] += 1.0
            own[three + bisect_left(BUCKET_BOUNDS, encode)] += 1.0
            own[one + _COUNTS] += decode
            own[two + _COUNTS] += middle
            own[three + _COUNTS] += encode


def _format_requests(total: Sequence[float]) -> Iterator[str]:
    """Format the requests by status; each successful one is counted by its stage decode."""
    decoded = sum(total[_FIRST["decode"] :][:_COUNTS])
    yield f"# HELP {_REQUESTS} Requests for predictions answered, by class of HTTP status."
    yield f"# TYPE {_REQUESTS} counter"
    yield f'{_REQUESTS}{{status="2xx"}} {int(decoded)}'
    for cell, status in enumerate(_FAILURES):
        yield f'{_REQUESTS}{{status="{status}"}} {int(total[cell])}'


def _format_unusual(total: Sequence[float]) -> Iterator[str]:
    yield f"# HELP {_UNUSUAL} Values of records that were unlike anything in the training data."
    yield f"# TYPE {_UNUSUAL} counter"
    for cell, kind in enumerate(KINDS, len(_FAILURES)):
        yield f'{_UNUSUAL}{{kind="{kind}"}} {int(total[cell])}'


def _format_histogram(stage: str, cells: Sequence[float]) -> Iterator[str]:
    label, count = f'stage="{stage}"', 0
    for bound, more in zip((*BUCKET_BOUNDS, "+Inf"), cells, strict=False):
        count += int(more)
        yield f'{_DURATION}_bucket{{{label},le="{bound}"}} {count}'
    yield f"{_DURATION}_sum{{{label}}} {cells[_COUNTS]}"
    yield f"{_DURATION}_count{{{label}}} {count}"
