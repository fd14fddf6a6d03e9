"""Schedule expressions: `rate(...)`, `cron(...)` and `at(...)`.

Source: EventBridge Scheduler User Guide, 'Schedule types'.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_test.service.api.api_errors import invalid
from local_test.service.schedules.cron import Cron, parse_cron

_FORM = re.compile(r"(rate|cron|at)\((.*)\)")
_RATE = re.compile(r"([1-9]\d*) (minute|hour|day)s?")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_AT = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class ScheduleExpression:
    """A parsed expression: `rate` in seconds, `cron`, or `at` in seconds since 1970."""

    zone: ZoneInfo
    rate: int | None = None
    cron: Cron | None = None
    at: float | None = None

    def find_next(self, after: float, start: float) -> float | None:
        """Return the first time after a moment, None when there is none; seconds since 1970.

        `start` is when the schedule starts: a rate counts from it.
        """
        if self.rate is not None:
            periods = max(0, int((after - start) // self.rate) + 1)
            return start + periods * self.rate
        if self.cron is not None:
            moment = datetime.fromtimestamp(max(after, start - 1), UTC)
            found = next(self.cron.list_after(moment, self.zone), None)
            return None if found is None else found.timestamp()
        return self.at if self.at is not None and self.at > after else None


def parse_expression(text: str, zone: str = "UTC") -> ScheduleExpression:
    """Parse a schedule expression. Raises ApiError when it or the time zone is invalid."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid(f"Invalid ScheduleExpressionTimezone {zone}.") from error
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise invalid(f"Invalid Schedule Expression {text}. Use rate(...), cron(...) or at(...).")
    kind, inner = form.groups()
    if kind == "cron":
        return ScheduleExpression(place, cron=parse_cron(inner))
    if kind == "rate" and (rate := _RATE.fullmatch(inner)):
        return ScheduleExpression(place, rate=int(rate[1]) * _SECONDS[rate[2]])
    try:
        moment = datetime.strptime(inner, _AT).replace(tzinfo=place)
    except ValueError as error:
        example = "rate(5 minutes)" if kind == "rate" else "at(2026-11-30T09:00:00)"
        raise invalid(f"Invalid Schedule Expression {text}. One is {example}.") from error
    return ScheduleExpression(place, at=moment.timestamp())
