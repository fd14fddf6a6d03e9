"""Cron expressions of AWS: six fields, `?`, `L`, `W` and `#`.

Source: EventBridge Scheduler User Guide, 'Schedule types': minutes, hours, day of the month, month,
day of the week (1 is Sunday), year.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from local_test.service.api.api_errors import ApiError, invalid

_MONTHS = {name: str(number) for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {
    name: str(number)
    for number, name in enumerate(("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"), start=1)
}
_LAST_YEAR = 2199
_ITEM = re.compile(r"(?:(\*)|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_NAME = re.compile("[A-Za-z]{3}")

DayRule = Callable[[date], bool]


@dataclass(frozen=True)
class Cron:
    """A parsed cron expression. `days` and `weekdays` decide on a day; "?" allows all."""

    minutes: Sequence[int]
    hours: Sequence[int]
    days: DayRule
    months: frozenset[int]
    weekdays: DayRule
    years: frozenset[int]

    def list_after(self, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Return the times after a moment, in order, as UTC; the fields are of a time zone.

        A time that daylight saving leaves out is left out, one that comes twice is its first.
        """
        day = moment.astimezone(zone).date()
        while day.year <= max(self.years):
            if self._has_day(day):
                for local in self._list_times(day):
                    found = local.replace(tzinfo=zone).astimezone(UTC)
                    exists = found.astimezone(zone).replace(tzinfo=None) == local
                    if exists and found > moment:
                        yield found
            day += timedelta(days=1)

    def _has_day(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and self.days(day)
            and self.weekdays(day)
        )

    def _list_times(self, day: date) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                yield datetime.combine(day, time(hour, minute))


def parse_cron(text: str) -> Cron:
    """Parse the six fields of a cron expression. Raises ApiError when one is invalid."""
    fields = text.split()
    if len(fields) != 6:
        raise _refuse(text, f"{len(fields)} fields instead of 6")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise _refuse(text, "exactly one of day-of-month and day-of-week must be ?")
    try:
        return Cron(
            sorted(_parse_numbers(minutes, 0, 59)),
            sorted(_parse_numbers(hours, 0, 23)),
            _parse_days(days),
            frozenset(_parse_numbers(_put_numbers(months, _MONTHS), 1, 12)),
            _parse_weekdays(_put_numbers(weekdays, _DAYS)),
            frozenset(_parse_numbers(years, 1970, _LAST_YEAR)),
        )
    except ValueError as error:
        raise _refuse(text, str(error)) from error


def _parse_numbers(field: str, least: int, most: int) -> set[int]:
    """Return the numbers of a field. Raises ValueError when it has others, or none."""
    numbers: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"{item!r} is not understood")
        every, first, last, step = match.groups()
        start = least if every else int(first)
        end = int(last) if last else most if every or step else start
        if not (least <= start <= end <= most and int(step or 1) > 0):
            raise ValueError(f"{item!r} is not within {least} to {most}")
        numbers |= set(range(start, end + 1, int(step or 1)))
    return numbers


def _parse_days(field: str) -> DayRule:
    if field == "?":
        return _accept_all
    if field == "L":
        return lambda day: day.day == _count_days(day)
    if field == "LW":
        return lambda day: day.day == _find_weekday(day, _count_days(day))
    if match := re.fullmatch(r"(\d+)W", field):
        [wanted] = _parse_numbers(match[1], 1, 31)
        return lambda day: wanted <= _count_days(day) and day.day == _find_weekday(day, wanted)
    numbers = _parse_numbers(field, 1, 31)
    return lambda day: day.day in numbers


def _parse_weekdays(field: str) -> DayRule:
    if field == "?":
        return _accept_all
    if field == "L":
        return lambda day: _number_weekday(day) == 7
    if match := re.fullmatch(r"(\d)L", field):
        [last] = _parse_numbers(match[1], 1, 7)
        return lambda day: _number_weekday(day) == last and day.day + 7 > _count_days(day)
    if match := re.fullmatch(r"(\d)#(\d)", field):
        [weekday], [week] = _parse_numbers(match[1], 1, 7), _parse_numbers(match[2], 1, 5)
        return lambda day: _number_weekday(day) == weekday and (day.day + 6) // 7 == week
    numbers = _parse_numbers(field, 1, 7)
    return lambda day: _number_weekday(day) in numbers


def _put_numbers(field: str, names: dict[str, str]) -> str:
    return _NAME.sub(lambda match: names.get(match[0].capitalize(), match[0]), field)


def _find_weekday(day: date, wanted: int) -> int:
    """Return the day of the month from Monday to Friday that is nearest in the same month."""
    weekday = day.replace(day=wanted).weekday()
    if weekday == calendar.SATURDAY:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == calendar.SUNDAY:
        return wanted + 1 if wanted < _count_days(day) else wanted - 2
    return wanted


def _count_days(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _number_weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _accept_all(_day: date) -> bool:
    return True


def _refuse(text: str, reason: str) -> ApiError:
    return invalid(f"Invalid Schedule Expression cron({text}): {reason}.")
