"""DeploymentConfig: how traffic moves to new containers, and which alarms move it back.

Source: Developer Guide, 'Deployment guardrails for updating models in production'; API,
TrafficRoutingConfig and RollingUpdatePolicy: the shares of a step.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend

_FIELD = "DeploymentConfig"
_LARGEST_SHARE = 50
_SMALLEST_SHARES = {"CanarySize": 1, "LinearStepSize": 10, "MaximumBatchSize": 5}
_SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}


@dataclass(frozen=True)
class DeploymentPolicy:
    """How a deployment shifts traffic.

    `size` is the first step or, if they are `equal`, each one; None is all at once. `wait_seconds`
    are waited after each step, `termination_seconds` before the old fleet ends. `rolling` replaces
    instances instead of adding a whole fleet.
    """

    size: Mapping[str, Any] | None = None
    equal: bool = False
    rolling: bool = False
    wait_seconds: float = 0.0
    termination_seconds: float = 0.0
    timeout_seconds: float = math.inf
    alarms: tuple[str, ...] = ()

    def list_shares(self, instances: int) -> list[float]:
        """Return the share of the new fleet after each step; the last is 1.

        `instances` is the instance count of the fleet.
        """
        if self.size is None:
            return [1.0]
        total = 100 if self.size["Type"] == "CAPACITY_PERCENT" else max(instances, 1)
        step = self.size["Value"] / total
        if step >= 1 or not self.equal:
            return [step, 1.0] if step < 1 else [1.0]
        count = math.ceil(round(1 / step, 9))
        return [min(step * number, 1.0) for number in range(1, count + 1)]


def read_policy(config: Mapping[str, Any] | None) -> DeploymentPolicy:
    """Return the policy of a DeploymentConfig, all at once without one.

    Raises ApiError when it is contradictory.
    """
    config = config or {}
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise invalid(f"{_FIELD}: give a BlueGreenUpdatePolicy or a RollingUpdatePolicy.")
    rollback = config.get("AutoRollbackConfiguration", {})
    alarms = tuple(alarm["AlarmName"] for alarm in rollback.get("Alarms", ()))
    if rolling:
        _check_size("MaximumBatchSize", rolling["MaximumBatchSize"])
        return DeploymentPolicy(
            size=rolling["MaximumBatchSize"],
            equal=True,
            rolling=True,
            wait_seconds=rolling["WaitIntervalInSeconds"],
            timeout_seconds=rolling.get("MaximumExecutionTimeoutInSeconds", math.inf),
            alarms=alarms,
        )
    if not blue_green:
        return DeploymentPolicy(alarms=alarms)
    routing = blue_green["TrafficRoutingConfiguration"]
    return DeploymentPolicy(
        size=_read_size(routing),
        equal=routing["Type"] == "LINEAR",
        wait_seconds=routing["WaitIntervalInSeconds"],
        termination_seconds=blue_green.get("TerminationWaitInSeconds", 0),
        timeout_seconds=blue_green.get("MaximumExecutionTimeoutInSeconds", math.inf),
        alarms=alarms,
    )


def check_deployment_config(
    backend: Backend, region: str, config: Mapping[str, Any] | None
) -> None:
    """Raise ApiError when a DeploymentConfig is contradictory, or its alarms do not exist."""
    named = read_policy(config).alarms
    if not named:
        return
    found = backend.aws.client("cloudwatch", region).describe_alarms(AlarmNames=list(named))
    alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
    missing = set(named) - {alarm["AlarmName"] for alarm in alarms}
    if missing:
        raise invalid(
            f"{_FIELD} names alarms that do not exist: {', '.join(sorted(missing))}. "
            "Create them with PutMetricAlarm."
        )


def _read_size(routing: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = routing["Type"]
    for other, field in _SIZES.items():
        if (field in routing) != (other == kind):
            verb = "missing" if other == kind else "not allowed"
            raise invalid(f"{field} {verb}: TrafficRoutingConfiguration of type {kind}.")
    if kind not in _SIZES:
        return None
    _check_size(_SIZES[kind], routing[_SIZES[kind]])
    return dict(routing[_SIZES[kind]])


def _check_size(field: str, size: Mapping[str, Any]) -> None:
    if size["Type"] != "CAPACITY_PERCENT":
        return
    smallest, share = _SMALLEST_SHARES[field], size["Value"]
    if share > _LARGEST_SHARE:
        raise invalid(f"{field} of {share} percent is too large. Give {_LARGEST_SHARE} or less.")
    if share < smallest:
        raise invalid(f"{field} of {share} percent is too small. Give {smallest} or more.")
