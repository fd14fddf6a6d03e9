"""Metrics as lines of the log, which CloudWatch Logs turns into metrics.

(CloudWatch User Guide, "Specification: Embedded metric format".)
"""

from __future__ import annotations

import json
import random
import threading
import time
import weakref
from collections.abc import Mapping
from typing import Any

from tandem import logs
from tandem.serving.metrics.base import Metrics, Recorder, StageNames, StageTimes

NAMESPACE = "Tandem"
# How often a worker writes such a line, in seconds.
INTERVAL_SECONDS = 60.0
# A metric's values in one line, at most.
_SAMPLE = 100


def write_metrics(values: Mapping[str, Any], units: Mapping[str, str], **other: Any) -> None:
    """Log one line of metrics: `values` by name, a number or up to 100 of them, with `units`.

    `other` values are in the line too, and are no metrics.
    """
    definition = {
        "Namespace": NAMESPACE,
        "Dimensions": [[]],
        "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
    }
    head = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]}
    logs.write_line(json.dumps({"_aws": head, **values, **other}))


class EmfMetrics(Metrics):
    """Metrics in one log line a minute and worker."""

    def make_recorder(self, names: StageNames) -> Recorder:
        """Return a recorder that logs a model's times, the last ones when it is deleted."""
        recorder = _Recorder(_Sample(names))
        weakref.finalize(recorder, recorder.sample.flush)
        return recorder


class _Recorder:
    def __init__(self, sample: _Sample) -> None:
        self.sample = sample
        self.add = sample.add


class _Sample:
    """The requests of a minute: the number of all, and a random sample of at most 100."""

    def __init__(self, names: StageNames) -> None:
        self._names = names
        self._lock = threading.Lock()
        self._sample: list[StageTimes] = []
        self._count = 0
        self._written = -INTERVAL_SECONDS

    def add(self, times: StageTimes, now: float) -> None:
        with self._lock:
            self._count += 1
            if len(self._sample) < _SAMPLE:
                self._sample.append(times)
            elif (place := int(random.random() * self._count)) < _SAMPLE:  # noqa: S311 - a sample
                self._sample[place] = times
            if now - self._written < INTERVAL_SECONDS:
                return
            self._written = now
        self.flush()

    def flush(self) -> None:
        with self._lock:
            kept, seen = self._sample, self._count
            self._sample, self._count = [], 0
        if not seen:
            return
        columns = zip(*kept, strict=True)
        values = {
            name: [round(1e3 * seconds, 3) for seconds in column]
            for name, column in zip(self._names, columns, strict=True)
        }
        units = {"requests": "Count"} | dict.fromkeys(self._names, "Milliseconds")
        write_metrics({"requests": seen, **values}, units)
