"""One evaluation of all alarms: metrics of the last minutes, new states, and actions."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.events.event import format_time
from local_test.service.resources.alarms.actions import AlarmChange, run_actions
from local_test.service.resources.alarms.evaluation import (
    COMPARISONS,
    EXTRA_PERIODS,
    AlarmRule,
)

_MINUTE = 60
_STATISTICS = {"Average", "Minimum", "Maximum", "Sum", "SampleCount"}


def evaluate_alarms(backend: Backend, region: str) -> bool:
    """Evaluate the alarms of a region and act; return True if a state changed or a target scaled.

    Alarms on metric math, percentiles and anomaly detection keep the state INSUFFICIENT_DATA.
    """
    client = backend.moto_client("cloudwatch", region)
    pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    changed = [_evaluate(backend, client, region, alarm) for alarm in alarms]
    return any(changed)


def _evaluate(backend: Backend, client: Any, region: str, alarm: dict[str, Any]) -> bool:
    is_known = alarm.get("ComparisonOperator") in COMPARISONS
    if not is_known or alarm.get("Statistic") not in _STATISTICS:
        return False
    rule = AlarmRule(
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        alarm["EvaluationPeriods"],
        alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        alarm.get("TreatMissingData") or "missing",
    )
    values = _read_values(client, alarm, rule.periods + EXTRA_PERIODS)
    before = _read_state(alarm)
    state = rule.find_state(values, before)
    reason = rule.describe_state(values, state)
    if state != alarm["StateValue"] or before != alarm["StateValue"]:
        data = {"version": "1.0", "queryDate": format_time(now()), "threshold": rule.threshold}
        client.set_alarm_state(
            AlarmName=alarm["AlarmName"],
            StateValue=state,
            StateReason=reason,
            StateReasonData=json.dumps(data | {"recentDatapoints": [*_drop_missing(values)]}),
        )
    change = AlarmChange(region, alarm, before, state, reason, tuple(_drop_missing(values)))
    return run_actions(backend, change) or state != before


def _read_state(alarm: dict[str, Any]) -> str:
    """Return the state of an alarm; one that was never evaluated has no data, which moto omits."""
    is_new = alarm.get("StateReason", "").startswith("Unchecked")
    return "INSUFFICIENT_DATA" if is_new else str(alarm["StateValue"])


def _read_values(client: Any, alarm: dict[str, Any], count: int) -> Sequence[float | None]:
    """Return the metric's values in the last periods that have ended, the newest last."""
    period = alarm["Period"]
    end = now() // _MINUTE * _MINUTE
    start = end - count * period
    metric = {
        "Namespace": alarm["Namespace"],
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm.get("Dimensions", []),
    }
    stat = {"Metric": metric, "Period": period, "Stat": alarm["Statistic"]}
    stat |= {"Unit": alarm["Unit"]} if alarm.get("Unit") else {}
    [result] = client.get_metric_data(
        MetricDataQueries=[{"Id": "metric", "MetricStat": stat}],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    found = {
        int((moment.timestamp() - start) // period): float(value)
        for moment, value in zip(result["Timestamps"], result["Values"], strict=True)
    }
    return [found.get(index) for index in range(count)]


def _drop_missing(values: Sequence[float | None]) -> Iterator[float]:
    return (value for value in values if value is not None)
