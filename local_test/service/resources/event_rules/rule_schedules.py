"""Rules with a schedule expression: when they are due, and the event that they deliver.

moto keeps the rules. A record per rule has its expression and the time that is due next; the rule
itself is looked at when it fires, so that a disabled or deleted one does nothing.
Source: EventBridge User Guide, 'Creating a rule that runs on a schedule'.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType, now
from local_test.service.backend import Backend
from local_test.service.events.bus import list_targets
from local_test.service.events.event import Event
from local_test.service.events.target_input import build_input
from local_test.service.events.targets import Delivery
from local_test.service.schedules.expression import parse_expression
from local_test.service.schedules.timetable import Firing
from local_test.service.storage.records import Record

RULE_SCHEDULE = ResourceType("RuleSchedule", "rule-schedule", "", "rule schedule", tagged=False)
"""What is due of a rule; the API has no name for it."""

_SOURCE, _TYPE = "aws.events", "Scheduled Event"


def keep_schedule(backend: Backend, region: str, name: str, expression: str) -> None:
    """Keep when a rule is due: a rate counts from now. Raises ApiError when it is invalid.

    While the journal is replayed, what was kept before stays.
    """
    following = parse_expression(expression).find_next(now(), now())
    record = {"Name": name, "ScheduleExpression": expression, "Next": following}
    with backend.records.lock():
        kept = [one["Name"] for _, one in backend.records.list_all(RULE_SCHEDULE, region)]
        if name not in kept:
            backend.records.add(RULE_SCHEDULE, region, name, record)
        elif backend.ready.is_set():
            backend.records.update(RULE_SCHEDULE, region, name, **record)


def list_firings(backend: Backend) -> Iterator[Firing]:
    """Return the next firing of each rule with a schedule."""
    for region, record in backend.records.list_all(RULE_SCHEDULE):
        if record["Next"] is not None:
            name = f"rule/{region}/{record['Name']}"
            yield Firing(name, record["Next"], partial(_fire, backend, region, record))


def _fire(backend: Backend, region: str, record: Record, late: bool) -> bool:
    """Deliver to the targets of an enabled rule unless it is late; return True if so."""
    due, name = record["Next"], record["Name"]
    rule = _find_rule(backend, region, name)
    expression = parse_expression(record["ScheduleExpression"])
    following = expression.find_next(now() if late else due, due)
    with backend.records.lock():
        if backend.records.get(RULE_SCHEDULE, region, name) != record:
            return False  # changed meanwhile
        if rule.get("ScheduleExpression") != record["ScheduleExpression"]:
            backend.records.remove(RULE_SCHEDULE, region, name)
            return False
        backend.records.update(RULE_SCHEDULE, region, name, Next=following)
    if late or not rule["State"].startswith("ENABLED"):
        return False
    event = Event(_SOURCE, _TYPE, region, due, {}, (rule["Arn"],))
    for target in list_targets(backend.event_bus.clients, region, rule):
        text = build_input(target, event.to_message(), rule["Arn"], due)
        backend.event_bus.deliver(Delivery(target, text, event), rule["Arn"])
    return True


def _find_rule(backend: Backend, region: str, name: str) -> dict[str, Any]:
    """Return a rule of the default bus, an empty one if it was deleted."""
    try:
        return dict(backend.moto_client("events", region).describe_rule(Name=name))
    except ClientError:
        return {}
