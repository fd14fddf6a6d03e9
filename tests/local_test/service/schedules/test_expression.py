"""Schedule expressions: when each is due next, and the sentence of each that is invalid."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.schedules.expression import parse_expression

START = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)  # a Sunday


def list_times(text: str, count: int, zone: str = "UTC", start: datetime = START) -> list[str]:
    """Give the next times of a schedule in its time zone."""
    expression = parse_expression(text, zone)
    moment, found = start.timestamp(), list[float]()
    for _ in range(count):
        following = expression.find_next(moment, start.timestamp())
        if following is None:
            break
        found.append(following)
        moment = following
    return [f"{datetime.fromtimestamp(time, expression.zone):%Y-%m-%d %H:%M}" for time in found]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("rate(1 hour)", ["2026-11-29 11:00", "2026-11-29 12:00"]),
        ("rate(90 minutes)", ["2026-11-29 11:30", "2026-11-29 13:00"]),
        ("rate(2 days)", ["2026-12-01 10:00", "2026-12-03 10:00"]),
        ("at(2026-12-24T18:30:00)", ["2026-12-24 18:30"]),
        ("at(2026-11-29T09:00:00)", []),
        ("cron(0 * ? * * *)", ["2026-11-29 11:00", "2026-11-29 12:00"]),
        ("cron(0/20 10 * * ? *)", ["2026-11-29 10:20", "2026-11-29 10:40", "2026-11-30 10:00"]),
        ("cron(15 12 ? * MON-WED *)", ["2026-11-30 12:15", "2026-12-01 12:15"]),
        ("cron(15 12 ? * 2,4 *)", ["2026-11-30 12:15", "2026-12-02 12:15"]),
        ("cron(0 9 1 jan ? *)", ["2027-01-01 09:00", "2028-01-01 09:00"]),
        ("cron(0 9 1 3/6 ? 2027)", ["2027-03-01 09:00", "2027-09-01 09:00"]),
        ("cron(0 9 L * ? *)", ["2026-11-30 09:00", "2026-12-31 09:00", "2027-01-31 09:00"]),
        ("cron(0 9 LW * ? *)", ["2026-11-30 09:00", "2026-12-31 09:00", "2027-01-29 09:00"]),
        ("cron(0 9 1W * ? *)", ["2026-12-01 09:00", "2027-01-01 09:00", "2027-02-01 09:00"]),
        ("cron(0 9 1W 5 ? *)", ["2027-05-03 09:00"]),
        ("cron(0 9 31W * ? *)", ["2026-12-31 09:00", "2027-01-29 09:00", "2027-03-31 09:00"]),
        ("cron(0 9 ? * 6L *)", ["2026-12-25 09:00", "2027-01-29 09:00"]),
        ("cron(0 9 ? * FRIL *)", ["2026-12-25 09:00", "2027-01-29 09:00"]),
        ("cron(0 9 ? * L *)", ["2026-12-05 09:00", "2026-12-12 09:00"]),
        ("cron(0 9 ? * 3#2 *)", ["2026-12-08 09:00", "2027-01-12 09:00"]),
        ("cron(0 9 29 2 ? *)", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("cron(0 9 ? * * 2020)", []),
    ],
)
def test_the_next_times(text: str, times: list[str]) -> None:
    assert list_times(text, len(times) or 1) == times


def test_times_are_of_the_time_zone() -> None:
    found = list_times("cron(0 9 * * ? *)", 1, "America/New_York")
    assert found == ["2026-11-29 09:00"]
    expression = parse_expression("at(2026-12-24T18:30:00)", "Europe/Berlin")
    assert expression.at == datetime(2026, 12, 24, 17, 30, tzinfo=UTC).timestamp()


def test_a_time_that_daylight_saving_leaves_out_is_skipped() -> None:
    start = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    assert list_times("cron(30 2 * * ? *)", 3, "Europe/Berlin", start) == [
        "2026-03-28 02:30",
        "2026-03-30 02:30",
        "2026-03-31 02:30",
    ]


def test_a_time_that_comes_twice_is_due_once() -> None:
    start = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    expression = parse_expression("cron(30 2 * * ? *)", "Europe/Berlin")
    assert expression.cron is not None
    found = list(islice(expression.cron.list_after(start, expression.zone), 2))
    assert found == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hourly", "Use rate(...), cron(...) or at(...)"),
        ("rate(0 hours)", "One is rate(5 minutes)"),
        ("rate(5 weeks)", "One is rate(5 minutes)"),
        ("at(tomorrow)", "One is at(2026-11-30T09:00:00)"),
        ("cron(0 9 * * *)", "5 fields instead of 6"),
        ("cron(0 9 * * * *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(0 9 ? * ? *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(60 9 * * ? *)", "'60' is not within 0 to 59"),
        ("cron(0 9 ? * 0 *)", "'0' is not within 1 to 7"),
        ("cron(0 9 ? * 3#6 *)", "'6' is not within 1 to 5"),
        ("cron(0 9 32W * ? *)", "'32' is not within 1 to 31"),
        ("cron(0 17-9 * * ? *)", "'17-9' is not within 0 to 23"),
        ("cron(0/0 9 * * ? *)", "'0/0' is not within"),
        ("cron(x 9 * * ? *)", "'x' is not understood"),
        ("cron(0 9 * FOO ? *)", "'FOO' is not understood"),
        ("cron(0 9 * * ? 1900)", "'1900' is not within 1970 to 2199"),
    ],
)
def test_an_invalid_expression_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_expression(text)
    assert reason in caught.value.message


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ApiError, match="Invalid ScheduleExpressionTimezone"):
        parse_expression("rate(1 hour)", zone)
