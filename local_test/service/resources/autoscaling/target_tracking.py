"""Target tracking: the alarms of a policy, and the capacity that brings a metric to its target.

Source: Application Auto Scaling User Guide, 'Target tracking scaling policies' and 'How cooldown
periods work'; the alarms are those that the service creates: three minutes above the target, and
fifteen minutes below nine tenths of it.
"""

import math
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.metrics.queries import check_alarm_queries
from local_test.service.resources.autoscaling.scalable import parse_resource
from local_test.service.storage.records import Record

_CONFIGURATION = "TargetTrackingScalingPolicyConfiguration"
_INVOCATIONS = "SageMakerVariantInvocationsPerInstance"
_PER_COPY = "SageMakerInferenceComponentInvocationsPerCopy"
_COOLDOWN_SECONDS = 300
_PERIOD = 60
_LOW_SHARE = 0.9
HIGH, LOW = "AlarmHigh", "AlarmLow"


def check_metric(configuration: Record, resource: str) -> None:
    """Raise ApiError when a policy does not track one metric of the resource that is known here."""
    predefined = configuration.get("PredefinedMetricSpecification")
    customized = configuration.get("CustomizedMetricSpecification")
    if (predefined is None) == (customized is None):
        raise invalid(
            "Give either a PredefinedMetricSpecification or a CustomizedMetricSpecification."
        )
    known = _PER_COPY if parse_resource(resource).component else _INVOCATIONS
    if predefined is not None and predefined["PredefinedMetricType"] != known:
        raise invalid(
            f"PredefinedMetricType {predefined['PredefinedMetricType']} is not supported by the "
            f"local service. Use {known} or a CustomizedMetricSpecification."
        )
    needed = ("MetricName", "Namespace", "Statistic")
    if customized is not None and "Metrics" in customized:
        if any(name in customized for name in needed):
            raise invalid("Give either Metrics or a MetricName in CustomizedMetricSpecification.")
        check_alarm_queries(_add_periods(customized["Metrics"]))
        missing = []
    else:
        missing = [name for name in needed if customized is not None and name not in customized]
    if missing:
        raise invalid(f"{', '.join(missing)} missing: CustomizedMetricSpecification. Add them.")
    if configuration["TargetValue"] <= 0:
        raise invalid(f"TargetValue {configuration['TargetValue']} must be greater than 0.")


def make_alarms(policy: Record, known: Collection[str]) -> list[dict[str, Any]]:
    """Return the alarms of a policy as PutMetricAlarm takes them; `known` names are kept."""
    configuration, target = policy[_CONFIGURATION], policy[_CONFIGURATION]["TargetValue"]
    common = _describe_metric(policy) | {
        "AlarmActions": [policy["PolicyARN"]],
        "AlarmDescription": "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy "
        f"{policy['PolicyARN']}.",
    }
    kinds: list[tuple[str, dict[str, Any]]] = [
        (HIGH, {"Threshold": target, "EvaluationPeriods": 3, "ComparisonOperator": _ABOVE})
    ]
    if not configuration.get("DisableScaleIn"):
        low = {"Threshold": target * _LOW_SHARE, "EvaluationPeriods": 15}
        kinds.append((LOW, low | {"ComparisonOperator": _BELOW}))
    return [
        common | more | {"AlarmName": _name_alarm(policy["ResourceId"], kind, known)}
        for kind, more in kinds
    ]


_ABOVE, _BELOW = "GreaterThanThreshold", "LessThanThreshold"


def _name_alarm(resource: str, kind: str, known: Collection[str]) -> str:
    start = f"TargetTracking-{resource}-{kind}-"
    return next((name for name in known if name.startswith(start)), f"{start}{uuid.uuid4()}")


def _describe_metric(policy: Record) -> dict[str, Any]:
    customized = policy[_CONFIGURATION].get("CustomizedMetricSpecification")
    if customized is not None and "Metrics" in customized:
        return {"Metrics": _add_periods(customized["Metrics"])}
    if customized is not None:
        fields = ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")
        found = {field: customized[field] for field in fields if field in customized}
        return found | {"Period": _PERIOD}
    resource = parse_resource(policy["ResourceId"])
    if resource.component:
        return {
            "MetricName": "InvocationsPerCopy",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "InferenceComponentName", "Value": resource.component}],
            "Statistic": "Sum",
            "Period": _PERIOD,
        }
    return {
        "MetricName": "InvocationsPerInstance",
        "Namespace": "AWS/SageMaker",
        "Dimensions": [
            {"Name": "EndpointName", "Value": resource.endpoint},
            {"Name": "VariantName", "Value": resource.variant},
        ],
        "Statistic": "Sum",
        "Period": _PERIOD,
    }


def _add_periods(queries: Sequence[Record]) -> Sequence[Record]:
    """Return the queries of a policy as those of an alarm, which name their period."""
    return [
        query | ({"MetricStat": query["MetricStat"] | {"Period": _PERIOD}} if stat else {})
        for query in queries
        for stat in [query.get("MetricStat")]
    ]


def compute_capacity(
    policy: Record, alarm: str, values: Sequence[float], current: int, moment: float
) -> int:
    """Return the capacity that an alarm of a policy asks for; `current` where it asks for none.

    `values` are the metric's values in the alarm's periods, the newest last. In a scale-out
    cooldown the capacity that was added is part of what is asked for.
    """
    configuration = policy[_CONFIGURATION]
    target = float(configuration["TargetValue"])
    if f"-{HIGH}-" in alarm:
        out = policy.get("LastScaleOut", {"Time": -math.inf, "Base": current})
        cooling = moment < out["Time"] + configuration.get("ScaleOutCooldown", _COOLDOWN_SECONDS)
        base = max(int(out["Base"]) if cooling else current, 1)
        return max(math.ceil(base * values[-1] / target), current)
    cooldown = configuration.get("ScaleInCooldown", _COOLDOWN_SECONDS)
    if moment < policy.get("LastScaleIn", -math.inf) + cooldown:
        return current
    return min(math.ceil(current * max(values) / target), current)
