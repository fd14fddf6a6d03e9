"""The actions of an alarm: scaling policies, SNS topics and Lambda functions.

To add one, write a function and put it in `ACTIONS`.
Source: CloudWatch User Guide, 'Alarm actions': an action is done once when the state changes; a
scaling policy every minute while the state lasts.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, now
from local_test.service.backend import Backend
from local_test.service.events.event import Event, format_time
from local_test.service.events.targets import read_arn
from local_test.service.resources.alarms.evaluation import ALARM, OK, UNKNOWN
from local_test.service.resources.autoscaling.scaling import AlarmBreach, run_policy

_log = logging.getLogger(__name__)
_FIELDS = {OK: "OKActions", ALARM: "AlarmActions", UNKNOWN: "InsufficientDataActions"}


@dataclass(frozen=True)
class AlarmChange:
    """An evaluated alarm: its description, its states, and the metric's values, newest last."""

    region: str
    alarm: dict[str, Any]
    before: str
    state: str
    reason: str
    values: Sequence[float]


def run_actions(backend: Backend, change: AlarmChange) -> bool:
    """Do the actions of an alarm's state; return True if a target was scaled."""
    if change.state != change.before:
        _put_event(backend, change)
        if change.state == ALARM:
            backend.alarm_rounds.add_breach(change.region, change.alarm["AlarmName"], now())
    if not change.alarm.get("ActionsEnabled", True):
        return False
    scaled = False
    for arn in change.alarm.get(_FIELDS[change.state], ()):
        try:
            scaled |= _run(backend, change, arn)
        except (ApiError, ClientError, BotoCoreError) as error:
            _log.warning("action %s of %s failed: %s", arn, change.alarm["AlarmName"], error)
    return scaled


def _run(backend: Backend, change: AlarmChange, arn: str) -> bool:
    service = read_arn(arn)[0]
    if service == "autoscaling" and "Threshold" in change.alarm:
        breach = AlarmBreach(change.alarm["AlarmName"], change.alarm["Threshold"], change.values)
        return run_policy(backend, change.region, arn, breach)
    if change.state == change.before:
        return False
    if service not in ACTIONS:
        _log.warning("action %s is not done: only %s are", arn, ", ".join(sorted(ACTIONS)))
        return False
    ACTIONS[service](backend, change, arn)
    return False


def _publish(backend: Backend, change: AlarmChange, arn: str) -> None:
    alarm = change.alarm
    client = backend.moto_client("sns", read_arn(arn)[1])
    client.publish(
        TopicArn=arn,
        Subject=f'{change.state}: "{alarm["AlarmName"]}" in {change.region}'[:100],
        Message=json.dumps(_describe(change)),
    )


def _invoke(backend: Backend, change: AlarmChange, arn: str) -> None:
    payload = {
        "source": "aws.cloudwatch",
        "alarmArn": change.alarm["AlarmArn"],
        "accountId": ACCOUNT,
        "time": format_time(now()),
        "region": change.region,
        "alarmData": _describe_states(change),
    }
    backend.aws.client("lambda", change.region).invoke(
        FunctionName=arn, InvocationType="Event", Payload=json.dumps(payload).encode()
    )


def _describe(change: AlarmChange) -> dict[str, Any]:
    """Return the message to an SNS topic."""
    alarm = change.alarm
    described = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT,
        "NewStateValue": change.state,
        "NewStateReason": change.reason,
        "StateChangeTime": format_time(now()),
        "Region": change.region,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": change.before,
        "OKActions": alarm.get("OKActions", []),
        "AlarmActions": alarm.get("AlarmActions", []),
        "InsufficientDataActions": alarm.get("InsufficientDataActions", []),
    }
    if "AlarmRule" in alarm:
        return described | {"AlarmRule": alarm["AlarmRule"]}
    return described | {"Trigger": _describe_trigger(alarm)}


def _describe_trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is watched: a metric, or queries."""
    watched = {"Metrics": alarm["Metrics"]} if alarm.get("Metrics") else _describe_metric(alarm)
    fields = ("Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")
    more = {field: alarm[field] for field in fields if field in alarm}
    return watched | more | {"TreatMissingData": alarm.get("TreatMissingData", "")}


def _describe_metric(alarm: Mapping[str, Any]) -> dict[str, Any]:
    kind = "Statistic" if alarm.get("Statistic") else "ExtendedStatistic"
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": kind,
        kind: alarm[kind].upper() if kind == "Statistic" else alarm[kind],
        "Unit": alarm.get("Unit"),
        "Dimensions": [
            {"value": one["Value"], "name": one["Name"]} for one in alarm.get("Dimensions", ())
        ],
    }


def _describe_states(change: AlarmChange) -> dict[str, Any]:
    state = {"value": change.state, "reason": change.reason, "timestamp": format_time(now())}
    return {
        "alarmName": change.alarm["AlarmName"],
        "state": state,
        "previousState": {"value": change.before},
    }


def _put_event(backend: Backend, change: AlarmChange) -> None:
    """Put `CloudWatch Alarm State Change` on the default bus."""
    kind, arn = "CloudWatch Alarm State Change", change.alarm["AlarmArn"]
    detail = _describe_states(change)
    backend.event_bus.put(Event("aws.cloudwatch", kind, change.region, now(), detail, (arn,)))


ACTIONS: dict[str, Callable[[Backend, AlarmChange, str], None]] = {
    "sns": _publish,
    "lambda": _invoke,
}
