"""When the alarms are evaluated: each minute, and less often while nothing happens."""

import threading

_MINUTE = 60
_LAG_SECONDS = 2
_QUIET_ROUNDS = 20
_LONGEST_STEPS = 6


class AlarmRounds:
    """The evaluations of all alarms so far, and the regions that have some; thread-safe.

    `last` is when the last one was, in seconds of the service's clock since 1970, None before the
    first. An alarm that was put waits for no minute. After twenty minutes without a request, a
    metric or a change the steps become longer, up to an hour: a clock that is advanced by days
    needs no evaluation a minute.
    """

    def __init__(self) -> None:
        self.last: float | None = None
        self.regions: set[str] = set()
        self._breaches: dict[tuple[str, str], float] = {}
        self._count = 0
        self._quiet = 0
        self._woken = False
        self._lock = threading.Lock()

    def wake(self, region: str) -> None:
        """Evaluate the alarms of a region, among others, as soon as possible."""
        with self._lock:
            self.regions.add(region)
            self._woken = True
            self._quiet = 0

    def find_next(self, regions: set[str], moment: float, count: int) -> float | None:
        """Return when the next evaluation is due, None without anything to evaluate.

        `regions` have endpoints; `count` is the number of metrics of requests so far.
        """
        with self._lock:
            if not regions and not self.regions:
                return None
            if self.last is None or self._woken:
                return moment
            quiet = 0 if count != self._count else self._quiet
            minutes = 1 << min(max(quiet - _QUIET_ROUNDS, 0), _LONGEST_STEPS)
            return self.last // _MINUTE * _MINUTE + minutes * _MINUTE + _LAG_SECONDS

    def start(self) -> None:
        """Begin an evaluation: what wakes from now on causes another one."""
        with self._lock:
            self._woken = False

    def end(self, moment: float, count: int, *, changed: bool) -> None:
        """End the evaluation of a moment; `changed` if a state or an endpoint did."""
        with self._lock:
            active = changed or count != self._count
            self.last, self._count = moment, count
            self._quiet = 0 if active else self._quiet + 1

    def add_breach(self, region: str, alarm: str, moment: float) -> None:
        """Note that an alarm changed to the state ALARM."""
        with self._lock:
            self._breaches[region, alarm] = moment

    def list_breaches(self, region: str, since: float) -> set[str]:
        """Return the alarms that changed to the state ALARM since a moment."""
        with self._lock:
            return {
                alarm
                for (place, alarm), moment in self._breaches.items()
                if place == region and moment >= since
            }
