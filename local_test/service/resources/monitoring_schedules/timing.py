"""When a schedule runs, and which data each run looks at.

Source: API, ScheduleConfig: every hour, once a day, every n hours from an hour on, or NOW. Without
an expression it is once a day; the service then picks the hour, here midnight (UTC).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.monitor_definitions.durations import parse_offset
from local_test.service.resources.monitor_definitions.monitoring_job import MonitoringJob

NEXT = "Next"
"""The field of a schedule with the time of its next execution, None when there is none."""

NOW = "NOW"
_HOUR = 3600
_DAY = 24
_LONGEST_SECONDS = _DAY * _HOUR
_CRON = re.compile(
    r"cron\(0 (?:(?P<every>\*)|(?P<hour>\d{1,2})(?:/(?P<step>\d{1,2}))?) \? \* \* \*\)"
)
_FIELDS = ("DataAnalysisStartTime", "DataAnalysisEndTime")


@dataclass(frozen=True)
class Timing:
    """The hours of a day (UTC) at which a schedule runs, sorted; none for NOW."""

    hours: tuple[int, ...]

    @property
    def is_once(self) -> bool:
        """Return True for NOW."""
        return not self.hours

    def find_next(self, after: float) -> float | None:
        """Return the first time after a moment, in seconds since 1970; None for NOW."""
        if self.is_once:
            return None
        hour = int(after // _HOUR) + 1
        while hour % _DAY not in self.hours:
            hour += 1
        return float(hour * _HOUR)

    def find_previous(self, before: float) -> float:
        """Return the last time before a moment, in seconds since 1970."""
        hour = -int(-before // _HOUR) - 1
        while hour % _DAY not in self.hours:
            hour -= 1
        return float(hour * _HOUR)


def parse_timing(config: Mapping[str, Any]) -> Timing:
    """Return the timing of a schedule's configuration. Raises ApiError when it is invalid."""
    schedule = config.get("ScheduleConfig")
    if schedule is None:
        return Timing((0,))
    _check_offsets(schedule)
    text = schedule["ScheduleExpression"].strip()
    if text == NOW:
        return Timing(())
    match = _CRON.fullmatch(text)
    if match is None:
        raise _refuse(text, "monitors run hourly, daily, every n hours, or NOW")
    if match["every"]:
        return Timing(tuple(range(_DAY)))
    hour, step = int(match["hour"]), int(match["step"] or _DAY)
    if hour >= _DAY or not 1 <= step <= _DAY or _DAY % step:
        raise _refuse(text, "the hour is 0 to 23, and the step divides 24")
    return Timing(tuple(sorted((hour + offset) % _DAY for offset in range(0, _DAY, step))))


def find_window(config: Mapping[str, Any], job: MonitoringJob, due: float) -> tuple[float, float]:
    """Return the first and the last time of the data of a run, the last excluded.

    Times are in seconds since 1970. Offsets of the schedule come first, then those of the input;
    without any it is the time since the run before.
    """
    schedule = config.get("ScheduleConfig", {})
    if all(field in schedule for field in _FIELDS):
        start, end = (due + parse_offset(schedule[field], field) for field in _FIELDS)
        return start, end
    end = due + parse_offset(job.source.get("EndTimeOffset", "PT0H"), "EndTimeOffset")
    if "StartTimeOffset" in job.source:
        return due + parse_offset(job.source["StartTimeOffset"], "StartTimeOffset"), end
    return end - (due - parse_timing(config).find_previous(due)), end


def check_window(config: Mapping[str, Any], job: MonitoringJob) -> None:
    """Raise ApiError when a run of a schedule would look at no time at all."""
    start, end = find_window(config, job, 2 * _DAY * _HOUR)
    if start >= end:
        raise invalid(
            "an empty window: the offsets of the start and the end of the data. Let it"
            " start before it ends."
        )


def _check_offsets(schedule: Mapping[str, Any]) -> None:
    given = {field: parse_offset(schedule[field], field) for field in _FIELDS if field in schedule}
    is_once = schedule["ScheduleExpression"].strip() == NOW
    missing = [field for field in _FIELDS if field not in given]
    if missing and (given or is_once):
        raise invalid(f"{missing[0]} is missing: ScheduleConfig. Give both times of the data.")
    if given and given[_FIELDS[1]] - given[_FIELDS[0]] > _LONGEST_SECONDS:
        raise invalid("a window of more than 24 hours: DataAnalysisStartTime. Let it start later.")


def _refuse(text: str, reason: str) -> Exception:
    example = "cron(0 * ? * * *), cron(0 12 ? * * *) or cron(0 0/6 ? * * *)"
    return invalid(f"Invalid ScheduleExpression {text}: {reason}. Write {example}.")
