"""Scale a target when an alarm triggers one of its policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling import step_scaling, target_tracking
from local_test.service.resources.autoscaling.activities import note_not_scaled
from local_test.service.resources.autoscaling.capacity_bounds import set_capacity
from local_test.service.resources.autoscaling.policies import TRACKING
from local_test.service.resources.autoscaling.resource import (
    SCALABLE_TARGET,
    SCALING_POLICY,
    name_part,
)
from local_test.service.resources.autoscaling.scalable import read_state
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class AlarmBreach:
    """An alarm in the state ALARM: its name, threshold, and the metric's values, newest last."""

    name: str
    threshold: float
    values: Sequence[float]


def run_policy(backend: Backend, region: str, arn: str, breach: AlarmBreach) -> bool:
    """Scale the target of a policy as its configuration says; return True if it was scaled.

    Nothing happens while the endpoint is being changed: the alarm triggers again a minute later.
    """
    policies = [record for _, record in backend.records.list_all(SCALING_POLICY, region)]
    policy = next((record for record in policies if record["PolicyARN"] == arn), None)
    if policy is None or not breach.values:
        return False
    target = backend.records.get(SCALABLE_TARGET, region, policy["ResourceId"])
    state = read_state(backend, region, policy["ResourceId"])
    if state.is_busy:
        return False
    current = state.desired
    wanted = _compute(policy, breach, current)
    if wanted == current or _is_held(backend, region, policies, policy, target, wanted < current):
        return False
    desired = min(max(wanted, int(target["MinCapacity"])), int(target["MaxCapacity"]))
    cause = f"monitor alarm {breach.name} in state ALARM triggered policy {policy['PolicyName']}"
    if desired == current or (desired < current) != (wanted < current):
        reason = _explain(target, current, wanted)
        note_not_scaled(backend, region, policy["ResourceId"], cause, reason)
        return False
    if not set_capacity(backend, region, policy["ResourceId"], desired, cause):
        return False
    _remember(backend, region, policy, current, desired)
    return True


def _compute(policy: Record, breach: AlarmBreach, current: int) -> int:
    if policy["PolicyType"] == TRACKING:
        return target_tracking.compute_capacity(policy, breach.name, breach.values, current, now())
    return step_scaling.compute_capacity(
        policy, breach.values[-1], breach.threshold, current, now()
    )


def _is_held(
    backend: Backend,
    region: str,
    policies: Sequence[Record],
    policy: Record,
    target: Record,
    scales_in: bool,
) -> bool:
    """Return True if scaling is suspended, or another policy needs the instances.

    A target scales in only when all of its target tracking policies are ready to.
    """
    way = "In" if scales_in else "Out"
    if target["SuspendedState"][f"DynamicScaling{way}Suspended"]:
        return True
    names = [
        alarm["AlarmName"]
        for other in policies
        if other["ResourceId"] == policy["ResourceId"] and other != policy
        for alarm in other["Alarms"]
        if f"-{target_tracking.LOW}-" in alarm["AlarmName"]
    ]
    if not scales_in or policy["PolicyType"] != TRACKING or not names:
        return False
    alarms = backend.moto_client("cloudwatch", region).describe_alarms(AlarmNames=names)
    return any(alarm["StateValue"] != "ALARM" for alarm in alarms["MetricAlarms"])


def _explain(target: Record, current: int, wanted: int) -> dict[str, Any]:
    """Return why nothing is scaled, as DescribeScalingActivities names it."""
    bound = "AlreadyAtMaxCapacity" if wanted > current else "AlreadyAtMinCapacity"
    capacities = {"MinCapacity": target["MinCapacity"], "MaxCapacity": target["MaxCapacity"]}
    return {"Code": bound, "CurrentCapacity": current} | capacities


def _remember(backend: Backend, region: str, policy: Record, base: int, desired: int) -> None:
    """Keep the time of a scaling for the cooldowns; scaling out ends that of scaling in."""
    name = name_part(policy["ResourceId"], policy["PolicyName"])
    changes: dict[str, Any] = {"LastScaleIn": now()}
    if desired > base:
        changes = {"LastScaleOut": {"Time": now(), "Base": base}, "LastScaleIn": 0.0}
    backend.records.update(SCALING_POLICY, region, name, **changes)
