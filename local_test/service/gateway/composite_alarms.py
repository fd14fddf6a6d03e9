"""Composite alarms in moto, which keeps and describes them, and lacks PutCompositeAlarm."""

from collections.abc import Mapping
from typing import Any


def add_composite_alarm(account: str, region: str, request: Mapping[str, Any]) -> None:
    """Add or replace a composite alarm; `request` has the parameters of PutCompositeAlarm."""
    from moto.cloudwatch.models import cloudwatch_backends

    cloudwatch_backends[account][region].put_metric_alarm(
        name=request["AlarmName"],
        rule=request["AlarmRule"],
        description=request.get("AlarmDescription"),  # type: ignore[arg-type]
        actions_enabled=request.get("ActionsEnabled", True),
        alarm_actions=request.get("AlarmActions", []),
        ok_actions=request.get("OKActions", []),
        insufficient_data_actions=request.get("InsufficientDataActions", []),
        tags=request.get("Tags", []),
        **_METRIC,
    )


_METRIC: Mapping[str, Any] = {
    "namespace": None,
    "metric_name": None,
    "comparison_operator": None,
    "evaluation_periods": None,
    "period": None,
    "threshold": None,
    "statistic": None,
    "dimensions": [],
}
"""What a metric alarm has, and a composite one has not."""
