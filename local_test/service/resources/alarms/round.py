"""One evaluation of all alarms: metrics of the last minutes, new states, and actions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.events.event import format_time
from local_test.service.metrics.queries import compute_queries, name_metric, read_period
from local_test.service.metrics.series import Periods, Series
from local_test.service.resources.alarms.actions import AlarmChange, run_actions
from local_test.service.resources.alarms.composite_rule import CompositeRule
from local_test.service.resources.alarms.evaluation import (
    ALARM,
    COMPARISONS,
    EXTRA_PERIODS,
    OK,
    AlarmRule,
)
from local_test.service.resources.metric_values import make_reader

_MINUTE = 60


def evaluate_alarms(backend: Backend, region: str) -> bool:
    """Evaluate the alarms of a region and act; return True if a state changed or a target scaled.

    Composite alarms follow the alarms that they name in the same evaluation.
    """
    client = backend.moto_client("cloudwatch", region)
    metric_alarms, composite_alarms = list[dict[str, Any]](), list[dict[str, Any]]()
    for page in client.get_paginator("describe_alarms").paginate(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    ):
        metric_alarms += page["MetricAlarms"]
        composite_alarms += page.get("CompositeAlarms", ())
    changed, states = False, {}
    for alarm in metric_alarms:
        change = _evaluate(backend, region, alarm)
        changed |= change is not None and _apply(backend, client, change)
        states[alarm["AlarmName"]] = _read_state(alarm) if change is None else change.state
    for change in _follow(region, composite_alarms, states):
        changed |= _apply(backend, client, change)
    return changed


def _evaluate(backend: Backend, region: str, alarm: dict[str, Any]) -> AlarmChange | None:
    """Return the state of a metric alarm, None for one that an earlier version let pass."""
    if alarm.get("ComparisonOperator") not in COMPARISONS:
        return None
    rule = AlarmRule(
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        alarm["EvaluationPeriods"],
        alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        alarm.get("TreatMissingData") or "missing",
    )
    try:
        values = _read_values(backend, region, alarm, rule.periods + EXTRA_PERIODS)
    except ApiError:
        return None
    before = _read_state(alarm)
    state = rule.find_state(values, before)
    reason = rule.describe_state(values, state)
    return AlarmChange(region, alarm, before, state, reason, tuple(_drop_missing(values)))


def _follow(
    region: str, alarms: Sequence[dict[str, Any]], states: dict[str, str]
) -> Iterator[AlarmChange]:
    """Yield composite alarms with their new states, those after others that they name."""
    rules = {alarm["AlarmName"]: CompositeRule(alarm["AlarmRule"]) for alarm in alarms}
    befores = {alarm["AlarmName"]: _read_state(alarm) for alarm in alarms}
    states |= befores
    for _ in alarms:  # as deep as they can be nested
        for name, rule in rules.items():
            states[name] = ALARM if rule.is_met(states) else OK
    for alarm in alarms:
        name = alarm["AlarmName"]
        reason = f"The rule {alarm['AlarmRule']} is {'' if states[name] == ALARM else 'not '}met."
        yield AlarmChange(region, alarm, befores[name], states[name], reason, ())


def _apply(backend: Backend, client: Any, change: AlarmChange) -> bool:
    """Set the state of an alarm and act; return True if it changed or a target was scaled."""
    alarm = change.alarm
    if change.state != alarm["StateValue"] or change.before != alarm["StateValue"]:
        data: dict[str, Any] = {"version": "1.0", "queryDate": format_time(now())}
        if "Threshold" in alarm:
            data |= {"threshold": alarm["Threshold"], "recentDatapoints": [*change.values]}
        client.set_alarm_state(
            AlarmName=alarm["AlarmName"],
            StateValue=change.state,
            StateReason=change.reason,
            StateReasonData=json.dumps(data),
        )
    return run_actions(backend, change) or change.state != change.before


def _read_state(alarm: dict[str, Any]) -> str:
    """Return the state of an alarm; one that was never evaluated has no data, which moto omits."""
    is_new = alarm.get("StateReason", "").startswith("Unchecked")
    return "INSUFFICIENT_DATA" if is_new else str(alarm["StateValue"])


def _read_values(
    backend: Backend, region: str, alarm: dict[str, Any], count: int
) -> Sequence[float | None]:
    """Return the metric's values in the last periods that have ended, the newest last.

    Raises ApiError for a statistic or an expression that is not computed here.
    """
    queries = alarm.get("Metrics") or [_make_query(alarm)]
    period = read_period(queries)
    end = int(now() // _MINUTE) * _MINUTE
    periods = Periods(end - count * period, end, period)
    found = compute_queries(
        queries,
        lambda seconds: Periods(periods.start, periods.end, seconds),
        make_reader(backend, region),
    )
    [returned] = [query["Id"] for query in queries if query.get("ReturnData", True)]
    values: Series = found[returned]
    return [values.get(begin) for begin in periods.list_begins()]


def _make_query(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the query of an alarm on one metric."""
    metric = name_metric(alarm)
    stat = {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": alarm.get("Dimensions", []),
        },
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
    }
    stat |= {"Unit": alarm["Unit"]} if alarm.get("Unit") else {}
    return {"Id": "metric", "MetricStat": stat}


def _drop_missing(values: Sequence[float | None]) -> Iterator[float]:
    return (value for value in values if value is not None)
