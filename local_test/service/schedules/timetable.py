"""The timetable: what is due on the service's clock is fired, in order.

A firing that is more than five minutes late is skipped: the service did not run, or the machine
slept. The clock's offset is in a file, as records and schedules already have times of it.
"""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local_test.errors import UserError
from local_test.service.clock import ServiceClock
from local_test.service.error_boundary import run_round
from local_test.service.storage.state.files import write_json

LATE_SECONDS = 300.0
_PAUSE_SECONDS = 1.0
_MAX_FIRINGS = 1000


@dataclass(frozen=True)
class Firing:
    """Work of one schedule that is due at a time (seconds since 1970).

    `fire(late)` does it and returns True, or leaves it out, as with `late`; afterwards it is no
    longer due. It is late after `patience` seconds. A routine one, such as an evaluation each
    minute, does not count among the 1,000 that end an advance.
    """

    schedule: str
    time: float
    fire: Callable[[bool], bool]
    patience: float = LATE_SECONDS
    routine: bool = False


Agenda = Callable[[], Iterable[Firing]]
"""Returns the next firing of each schedule."""


class Timetable:
    """Fires the work of several agendas, one at a time; thread-safe.

    `path` is the file with the clock's offset. Raises UserError when it cannot be read.
    """

    def __init__(self, clock: ServiceClock, path: Path) -> None:
        self._clock = clock
        self._path = path
        self._agendas: tuple[Agenda, ...] = ()
        self._fired = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)
        clock.offset = _read_offset(path)

    def start(self, agendas: Iterable[Agenda]) -> None:
        """Start the thread that fires what is due."""
        self._agendas = tuple(agendas)
        self._thread.start()

    def advance(self, seconds: float) -> int:
        """Move the clock forward; fire what becomes due, each at its own time.

        Return how many schedules fired. Raises UserError when more than 1,000 are due, which ends
        at the last one, and OSError when the new time cannot be saved.
        """
        with self._lock:
            end = self._clock.read() + seconds
            self._fired = 0
            count = self._fire_until(end)
            if count < _MAX_FIRINGS:
                self._move(end)
        if count == _MAX_FIRINGS:
            stopped = f"stopped after {count} firings: the clock is not advanced any further"
            raise UserError(stopped, "advance by less, or disable schedules that fire often")
        return self._fired

    def close(self) -> None:
        """Fire no more."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            with self._lock:
                run_round(self._fire_due)

    def _fire_due(self) -> None:
        self._fire_until(self._clock.read())

    def _fire_until(self, end: float) -> int:
        """Fire what is due until a time, at most 1,000; return how many were due."""
        done: set[tuple[str, float]] = set()
        count = 0
        while count < _MAX_FIRINGS and not self._closing.is_set():
            firing = self._find_first(end, done)
            if firing is None:
                break
            done.add((firing.schedule, firing.time))
            count += not firing.routine
            late = self._clock.read() - firing.time > firing.patience
            self._move(firing.time)
            run_round(partial(self._fire, firing, late))
        return count

    def _fire(self, firing: Firing, late: bool) -> None:
        self._fired += firing.fire(late)

    def _find_first(self, end: float, done: set[tuple[str, float]]) -> Firing | None:
        """Return what is due first; what failed and is still due waits for the next round."""
        every = (one for agenda in self._agendas for one in agenda() if one.time <= end)
        due = [one for one in every if (one.schedule, one.time) not in done]
        return min(due, key=lambda one: one.time, default=None)

    def _move(self, moment: float) -> None:
        if moment > self._clock.read():
            self._clock.move_to(moment)
            write_json(self._path, {"offset": self._clock.offset})


def _read_offset(path: Path) -> float:
    if not path.exists():
        return 0.0
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["offset"])
    except (ValueError, KeyError, TypeError) as error:
        advice = "remove the file, or choose another --state"
        raise UserError(f"{path} cannot be read: it has no offset", advice) from error
