"""When monitoring schedules run, and which data each run looks at."""

from __future__ import annotations

from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.monitor_definitions.monitoring_job import (
    MonitoringJob,
    read_definition,
)
from local_test.service.resources.monitor_definitions.resource import DATA_QUALITY
from local_test.service.resources.monitoring_schedules.timing import (
    check_window,
    find_window,
    parse_timing,
)
from tests.local_test.service.resources.monitor_definitions.monitor_service import (
    INPUT,
    describe_job,
)

HOUR = 3600


def read_job(**offsets: str) -> MonitoringJob:
    data = {"EndpointInput": INPUT | offsets}
    return read_definition(DATA_QUALITY, describe_job("DataQuality", data))


def configure(expression: str | None, **more: str) -> dict[str, Any]:
    return {"ScheduleConfig": {"ScheduleExpression": expression} | more} if expression else {}


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(0 * ? * * *)", 0, [1, 2, 3]),
        ("cron(0 * ? * * *)", 1, [1, 2, 3]),
        ("cron(0 12 ? * * *)", 0, [12, 36, 60]),
        ("cron(0 0/6 ? * * *)", HOUR, [6, 12, 18]),
        ("cron(0 17/12 ? * * *)", 0, [5, 17, 29]),
        (None, HOUR, [24, 48, 72]),
        ("NOW", 0, []),
    ],
)
def test_executions_start_on_the_hour(
    expression: str | None, after: float, expected: list[int]
) -> None:
    offsets = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "PT0H"}
    timing = parse_timing(configure(expression, **(offsets if expression == "NOW" else {})))
    moment, found = float(after), list[float]()
    while len(found) < 3 and (following := timing.find_next(moment)) is not None:
        found.append(following / HOUR)
        moment = following
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "offsets", "source", "expected"),
    [
        ("cron(0 * ? * * *)", {}, {}, (35, 36)),
        ("cron(0 0/6 ? * * *)", {}, {}, (30, 36)),
        ("cron(0 12 ? * * *)", {}, {}, (12, 36)),
        ("cron(0 * ? * * *)", {}, {"StartTimeOffset": "-PT3H"}, (33, 36)),
        (
            "cron(0 * ? * * *)",
            {},
            {"StartTimeOffset": "-P1DT1H", "EndTimeOffset": "-PT1H"},
            (11, 35),
        ),
        ("cron(0 * ? * * *)", {}, {"EndTimeOffset": "-PT2H"}, (33, 34)),
        (
            "NOW",
            {"DataAnalysisStartTime": "-PT2H", "DataAnalysisEndTime": "-PT1H"},
            {"StartTimeOffset": "-P1D"},
            (34, 35),
        ),
    ],
)
def test_a_run_looks_at_the_time_since_the_last_or_at_its_offsets(
    expression: str, offsets: dict[str, str], source: dict[str, str], expected: tuple[int, int]
) -> None:
    config, job = configure(expression, **offsets), read_job(**source)
    check_window(config, job)
    start, end = find_window(config, job, 36.0 * HOUR)
    assert (start / HOUR, end / HOUR) == expected


def check_config(config: dict[str, Any]) -> None:
    parse_timing(config)
    check_window(config, read_job())


@pytest.mark.parametrize(
    ("expression", "offsets", "reason"),
    [
        ("cron(0/5 * ? * * *)", {}, "monitors run hourly"),
        ("rate(1 hour)", {}, "monitors run hourly"),
        ("cron(0 24 ? * * *)", {}, "hour is 0 to 23"),
        ("cron(0 0/5 ? * * *)", {}, "step divides 24"),
        ("NOW", {}, "DataAnalysisStartTime is missing"),
        ("NOW", {"DataAnalysisStartTime": "-PT1H"}, "DataAnalysisEndTime is missing"),
        (
            "cron(0 * ? * * *)",
            {"DataAnalysisStartTime": "-PT30H", "DataAnalysisEndTime": "PT0H"},
            "more than 24 hours",
        ),
        (
            "NOW",
            {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT2H"},
            "an empty window",
        ),
        ("NOW", {"DataAnalysisStartTime": "1 hour", "DataAnalysisEndTime": "PT0H"}, "'1 hour'"),
    ],
)
def test_other_times_are_refused(expression: str, offsets: dict[str, str], reason: str) -> None:
    config = configure(expression, **offsets)
    with pytest.raises(ApiError, match=reason):
        check_config(config)
