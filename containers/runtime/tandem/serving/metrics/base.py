"""The interface of all forms of metrics."""

from __future__ import annotations

from typing import Protocol

from tandem.data.unusual_counts import UnusualCounts

# The durations in seconds of one request's three stages, and the names of the stages.
StageTimes = tuple[float, float, float]
StageNames = tuple[str, str, str]


class Recorder(Protocol):
    """A recorder of the stage times of one model's successful requests. Thread-safe."""

    def add(self, times: StageTimes, now: float) -> None:
        """Record one request's times; `now` is a monotonic clock's reading in seconds."""


class Metrics:
    """Metrics that keep nothing; the base class of the others."""

    def make_recorder(self, _names: StageNames) -> Recorder | None:
        """Return the recorder of a model with stages of these names, or None."""
        return None

    def count_failure(self, _status: int) -> None:
        """Count a failed request by its HTTP status; recorders count the successful ones."""

    def count_unusual(self, _counts: UnusualCounts) -> None:
        """Count the values of a request that are unlike the training data."""

    def use_slot(self, _slot: int) -> None:
        """Use slot `_slot` of the shared counters. Called once in each worker after the fork."""

    def render_page(self) -> str | None:
        """Return the counts of all workers in Prometheus's text format, or None."""
        return None


OFF = Metrics()
