"""Requests to the tracking server from a thread of their own, so that no round waits for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tandem.contract.run_log import LoggedDataset, ModelDescription
from tandem.logs import logger
from tandem.tracking.errors import RequestRefusedError, ServerUnreachableError
from tandem.tracking.tracked_run import MOST_METRICS, MetricPoint, TrackedRun, make_point

_SECONDS_BETWEEN = 1.0
_LONGEST_PAUSE = 30.0
_LAST_TRIES = 3


@dataclass(frozen=True)
class _Entry:
    """One thing to record, and its name for messages."""

    name: str
    record: Callable[[TrackedRun], None]


class RunRecorder:
    """A `RunLog` whose thread opens the run, and retries while the server does not answer.

    `open_run` is called in the thread, and raises what the requests of a run raise. `server` names
    it in messages. Nothing is requested before the first entry.
    """

    active = True

    def __init__(self, open_run: Callable[[], TrackedRun], server: str) -> None:
        self.model: ModelDescription | None = None
        self._open_run = open_run
        self._server = server
        self._points: deque[MetricPoint] = deque()
        self._entries: deque[_Entry] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._reached = False
        self._reason = ""
        self._parameters: Mapping[str, Any] = {}
        self._thread: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """Whether anything was recorded."""
        return self._thread is not None

    def set_parameters(self, values: Mapping[str, Any]) -> None:
        """Record these parameters as soon as the run is opened."""
        self._parameters = values

    def start(self) -> None:
        """Open the run, if no entry has done so yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
            self._thread.start()

    def log_metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record the metrics of one round, within about a second."""
        self._points.extend(make_point(name, value, step) for name, value in values.items())
        self.start()

    def log_dataset(self, dataset: LoggedDataset) -> None:
        """Record a data set."""
        self.put(f"data set {dataset.channel}", lambda run: run.log_dataset(dataset))

    def describe_model(self, model: ModelDescription) -> None:
        """Keep the description until the model's files are recorded."""
        self.model = model

    def put(self, name: str, record: Callable[[TrackedRun], None]) -> None:
        """Add an entry, which is recorded after the metrics that are waiting."""
        with self._wake:
            self._entries.append(_Entry(name, record))
            self._wake.notify()
        self.start()

    def close(self, seconds: float) -> None:
        """Record what is waiting, for at most so many seconds; a warning says what is lost."""
        if self._thread is None:
            return
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(seconds)
        if self._points or self._entries:
            logger.warning(
                "MLflow at %s: lost are %d metrics and %d other records of this job: %s",
                self._server,
                len(self._points),
                len(self._entries),
                self._reason or f"it takes more than {seconds:g} s",
            )

    def _work(self) -> None:
        run, pause, tries = None, _SECONDS_BETWEEN, 0
        while True:
            closing = self._closing  # before the last look at what is waiting
            try:
                run = run or self._open()
                self._send(run)
                pause, tries, self._reason = _SECONDS_BETWEEN, 0, ""
            except ServerUnreachableError as error:
                self._note_outage(str(error))
                pause, tries = min(2 * pause, _LONGEST_PAUSE), tries + closing
            except RequestRefusedError as error:
                self._reason = str(error)
                return
            if closing and (not self._reason or not self._reached or tries >= _LAST_TRIES):
                return
            with self._wake:
                if self._closing:
                    self._wake.wait(_SECONDS_BETWEEN if self._reason else 0)
                else:
                    self._wake.wait(pause)

    def _open(self) -> TrackedRun:
        run = self._open_run()
        self._reached = True
        logger.info(
            "recording to MLflow at %s: experiment %s, run %s", self._server, run.experiment, run.id
        )
        return run

    def _send(self, run: TrackedRun) -> None:
        """Send what is waiting; what is refused is left out with a warning."""
        if self._parameters:
            parameters = self._parameters
            self._try(_Entry("parameters", lambda run: run.log_parameters(parameters)), run)
            self._parameters = {}
        while self._points:
            points = [self._points[index] for index in range(min(len(self._points), MOST_METRICS))]
            self._try(_Entry(f"{len(points)} metrics", lambda run: run.log_metrics(points)), run)  # noqa: B023 - called at once
            for _ in points:
                self._points.popleft()
        while self._entries:
            self._try(self._entries[0], run)
            self._entries.popleft()

    def _try(self, entry: _Entry, run: TrackedRun) -> None:
        try:
            entry.record(run)
        except RequestRefusedError as error:
            logger.warning("MLflow at %s refuses %s: %s", self._server, entry.name, error)

    def _note_outage(self, reason: str) -> None:
        if not self._reason:
            logger.warning(
                "MLflow at %s does not answer: %s. The job goes on, and it is tried again",
                self._server,
                reason,
            )
        self._reason = reason
