"""What the forms of metrics have in common."""

from __future__ import annotations

from typing import Protocol

from tandem.data.unusual_counts import UnusualCounts

# Seconds of the stages of one request, and what they are called.
StageTimes = tuple[float, float, float]
StageNames = tuple[str, str, str]


class Recorder(Protocol):
    """Takes the times of one model's successful requests; threads may add at once."""

    def add(self, took: StageTimes, now: float) -> None:
        """Take one request's; `now` are a clock's seconds that only grow."""


class Metrics:
    """The form that keeps nothing, on which the others build."""

    def make_recorder(self, _names: StageNames) -> Recorder | None:
        """Return what takes the times of a model with stages of these names, or None."""
        return None

    def count_failure(self, _status: int) -> None:
        """Count an answer that is no success, by its HTTP status; recorders count the others."""

    def count_unusual(self, _counts: UnusualCounts) -> None:
        """Count values of a request that were unlike anything in the training data."""

    def use_slot(self, _slot: int) -> None:
        """Say, in a worker that was forked, which place is its own."""

    def render_page(self) -> str | None:
        """Return what all workers counted in Prometheus's text format, or None."""
        return None


OFF = Metrics()
