"""Invoke the targets of schedules when they are due.

Source: EventBridge Scheduler User Guide, 'Managing targets' (default event, context attributes).
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.events.event import Event, format_time
from local_test.service.events.targets import Delivery, check_target, read_arn
from local_test.service.resources.schedules.resource import SCHEDULE, name_record
from local_test.service.resources.schedules.universal_target import find_universal_target
from local_test.service.schedules.expression import parse_expression
from local_test.service.schedules.timetable import LATE_SECONDS, Firing
from local_test.service.storage.records import Record

NEXT = "Next"
"""The field with the time of the next invocation, absent after the last."""

MAX_AGE_SECONDS = 86400
_log = logging.getLogger(__name__)


def list_firings(backend: Backend) -> Iterator[Firing]:
    """Return the next invocation of each enabled schedule."""
    for region, record in backend.records.list_all(SCHEDULE):
        if record["State"] == "ENABLED" and record.get(NEXT) is not None:
            once = record["ScheduleExpression"].startswith("at")
            policy = record["Target"]["RetryPolicy"]
            age = policy.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS)
            yield Firing(
                record["Arn"],
                record[NEXT],
                partial(_fire, backend, region, record),
                age if once else LATE_SECONDS,
            )


def find_first(record: Record, moment: float) -> float | None:
    """Return the first time of a new or changed schedule at or after a moment.

    Times are in seconds since 1970. A rate starts at the start date, or at once.
    """
    expression = parse_expression(
        record["ScheduleExpression"], record["ScheduleExpressionTimezone"]
    )
    if expression.at is not None:
        return expression.at
    start = max(moment, record.get("StartDate", moment))
    first = start if expression.rate else expression.find_next(moment, start)
    return _cut(record, first)


def check_schedule_target(target: Mapping[str, Any]) -> None:
    """Check a target. Raises ApiError when it could not be invoked."""
    universal = find_universal_target(target["Arn"])
    if universal is not None:
        example = _list_attributes(target["RoleArn"], 0.0)
        universal.check(_fill(target.get("Input", ""), example))
        return
    check_target(target)
    if read_arn(target["Arn"])[0] == "events":
        if "EventBridgeParameters" not in target:
            raise invalid(f"EventBridgeParameters missing: target {target['Arn']}. Add them.")
        _parse_detail(target.get("Input", "{}"))


def _fire(backend: Backend, region: str, record: Record, late: bool) -> bool:
    """Invoke the target unless it is late, and set the time of the next invocation.

    Return True if it was invoked.
    """
    due = record[NEXT]
    expression = parse_expression(
        record["ScheduleExpression"], record["ScheduleExpressionTimezone"]
    )
    following = _cut(record, expression.find_next(now() if late else due, due))
    name = name_record(record["GroupName"], record["Name"])
    with backend.records.lock():
        if backend.records.get(SCHEDULE, region, name) != record:
            return False  # changed meanwhile
        if following is None and record["ActionAfterCompletion"] == "DELETE":
            backend.records.remove(SCHEDULE, region, name)
        else:
            backend.records.update(SCHEDULE, region, name, **{NEXT: following})
    if late:
        _log.warning("skipped: %s was due at %s", record["Arn"], format_time(due))
        return False
    try:
        _invoke(backend, region, record, due)
    except (ApiError, ClientError, BotoCoreError) as error:
        _log.warning("%s did not reach %s: %s", record["Arn"], record["Target"]["Arn"], error)
    return True


def _invoke(backend: Backend, region: str, record: Record, due: float) -> None:
    target = record["Target"]
    values = _list_attributes(record["Arn"], due)
    text = _fill(target.get("Input", ""), values)
    universal = find_universal_target(target["Arn"])
    if universal is not None:
        universal.call(backend, region, text)
        return
    service, place, resource = read_arn(target["Arn"])
    if service == "events":
        kind = target["EventBridgeParameters"]
        detail = _parse_detail(text or "{}")
        event = Event(kind["Source"], kind["DetailType"], place, due, detail)
        backend.event_bus.put(event, resource.partition("/")[2])
        return
    event = Event("aws.scheduler", "Scheduled Event", region, due, {}, (record["Arn"],))
    default = json.dumps(event.to_message() | {"detail": "{}"})
    backend.event_bus.deliver(Delivery(target, text or default, event, values), record["Arn"])


def _list_attributes(arn: str, due: float) -> dict[str, str]:
    """Return the context attributes of an invocation by name."""
    return {
        "aws.scheduler.schedule-arn": arn,
        "aws.scheduler.scheduled-time": format_time(due),
        "aws.scheduler.execution-id": str(uuid.uuid4()),
        "aws.scheduler.attempt-number": "1",
    }


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def _cut(record: Record, moment: float | None) -> float | None:
    """Return a time, None if it is after the end date."""
    end = record.get("EndDate")
    return None if moment is None or (end is not None and moment > end) else moment


def _parse_detail(text: str) -> dict[str, Any]:
    try:
        detail = json.loads(text)
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        raise invalid("Input of an event bus is no JSON object. Give the detail of the event.")
    return detail
