"""What is due fires in order on a clock that is moved; late and failing work ends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.service.clock import ServiceClock
from local_test.service.schedules.timetable import Firing, Timetable


class Bell:
    """A schedule of fixed times that keeps what fired, and the clock's time then."""

    def __init__(self, name: str, clock: ServiceClock, times: list[float], log: list[str]) -> None:
        self.name, self.clock, self.times, self.log = name, clock, times, log
        self.patience = 300.0
        self.fails = False
        self.seen: list[float] = []

    def list_firings(self) -> Iterator[Firing]:
        if self.times:
            yield Firing(self.name, self.times[0], self._fire, self.patience)

    def _fire(self, late: bool) -> bool:
        if self.fails:
            raise KeyError(self.name)
        del self.times[0]
        self.seen.append(self.clock.read())
        self.log.append(f"{self.name} {'late' if late else 'rings'}")
        return not late


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def clock() -> ServiceClock:
    return ServiceClock()


@pytest.fixture
def timetable(tmp_path: Path, clock: ServiceClock) -> Iterator[Timetable]:
    table = Timetable(clock, tmp_path / "clock.json")
    yield table
    table.close()


def test_two_schedules_fire_in_the_order_of_their_times(
    timetable: Timetable, clock: ServiceClock
) -> None:
    start, log = clock.read(), list[str]()
    one = Bell("one", clock, [start + 3600, start + 7200, start + 90000], log)
    two = Bell("two", clock, [start + 1800, start + 5400], log)
    timetable.start([one.list_firings, two.list_firings])
    assert timetable.advance(3 * 3600) == 4
    assert log == ["two rings", "one rings", "two rings", "one rings"]
    assert one.seen == pytest.approx([start + 3600, start + 7200], abs=60)
    assert clock.read() == pytest.approx(start + 3 * 3600, abs=60)
    assert one.times == [start + 90000]


def test_what_is_due_fires_by_itself_and_late_work_is_left_out(
    timetable: Timetable, clock: ServiceClock
) -> None:
    start, log = clock.read(), list[str]()
    bell = Bell("due", clock, [start - 301, start - 1], log)
    patient = Bell("patient", clock, [start - 3600], log)
    patient.patience = 86400
    timetable.start([bell.list_firings, patient.list_firings])
    wait_for(lambda: not bell.times and not patient.times)
    assert log == ["patient rings", "due late", "due rings"]
    assert clock.offset == 0


def test_work_that_fails_ends_nothing(timetable: Timetable, clock: ServiceClock) -> None:
    start, log = clock.read(), list[str]()
    bad, good = (Bell(name, clock, [start + 60], log) for name in ("bad", "good"))
    bad.fails = True
    timetable.start([bad.list_firings, good.list_firings])
    assert timetable.advance(120) == 1
    assert log == ["good rings"]
    assert clock.read() >= start + 120
    bad.fails = False
    wait_for(lambda: log == ["good rings", "bad rings"])


def test_too_many_firings_stop_the_clock(timetable: Timetable, clock: ServiceClock) -> None:
    start = clock.read()
    bell = Bell("often", clock, [start + second for second in range(10, 5000)], [])
    timetable.start([bell.list_firings])
    with pytest.raises(UserError, match="stopped after 1000 firings"):
        timetable.advance(5000)
    assert clock.read() < start + 2000


def test_the_time_survives_a_restart(
    timetable: Timetable, clock: ServiceClock, tmp_path: Path
) -> None:
    timetable.start([])
    timetable.advance(7200)
    later = ServiceClock()
    Timetable(later, tmp_path / "clock.json")
    assert later.offset == clock.offset == pytest.approx(7200, abs=60)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text('{"offset"')
    with pytest.raises(UserError, match=r"clock\.json cannot be read"):
        Timetable(ServiceClock(), tmp_path / "clock.json")
