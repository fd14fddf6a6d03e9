"""PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy."""

from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.lists import list_records
from local_test.service.resources.autoscaling.resource import (
    SCALING_POLICY,
    check_dimension,
    find_target,
    make_policy_arn,
    name_part,
    not_found,
)
from local_test.service.resources.autoscaling.step_scaling import check_steps
from local_test.service.resources.autoscaling.target_tracking import (
    check_metric,
    make_alarms,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.storage.records import Record

STEP, TRACKING = "StepScaling", "TargetTrackingScaling"
CONFIGURATIONS = {
    STEP: "StepScalingPolicyConfiguration",
    TRACKING: "TargetTrackingScalingPolicyConfiguration",
}


def _put(backend: Backend, call: ApiCall) -> Output:
    """Create or replace a policy; target tracking gets its alarms."""
    check_dimension(call)
    request, resource = call.request, call.request["ResourceId"]
    find_target(backend, call.region, resource, request["ScalableDimension"])
    name = name_part(resource, request["PolicyName"])
    kind, configuration = _read_configuration(request, resource)
    with backend.records.lock():
        known = [
            record
            for _, record in backend.records.list_all(SCALING_POLICY, call.region)
            if name_part(record["ResourceId"], record["PolicyName"]) == name
        ]
        if known and known[0]["PolicyType"] != kind:
            raise invalid(f"PolicyType of {request['PolicyName']} cannot change to {kind}.")
        if kind == TRACKING:
            _check_metric_is_free(backend, call.region, request, configuration)
        record = {
            "PolicyARN": make_policy_arn(call.region, resource, request["PolicyName"]),
            "CreationTime": now(),
        }
        record = (known[0] if known else record) | {
            "PolicyName": request["PolicyName"],
            "ServiceNamespace": request["ServiceNamespace"],
            "ResourceId": resource,
            "ScalableDimension": request["ScalableDimension"],
            "PolicyType": kind,
            CONFIGURATIONS[kind]: configuration,
        }
        _remove_alarms(backend, call.region, record)
        record["Alarms"] = []
        if kind == TRACKING:
            put_alarms(backend, call.region, record)
        if known:
            backend.records.update(SCALING_POLICY, call.region, name, **record)
        else:
            backend.records.add(SCALING_POLICY, call.region, name, record)
    return {"PolicyARN": record["PolicyARN"], "Alarms": record["Alarms"]}


def _check_metric_is_free(
    backend: Backend, region: str, request: Record, configuration: Record
) -> None:
    """Raise ApiError when another policy of the target tracks the same metric.

    Source: Application Auto Scaling User Guide, 'How target tracking scaling works': several
    policies of a target must each use a different metric.
    """
    target = (request["ResourceId"], request["ScalableDimension"])
    fields = ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
    metric = [configuration.get(field) for field in fields]
    for _, other in backend.records.list_all(SCALING_POLICY, region):
        tracked = other.get(CONFIGURATIONS[TRACKING], {})
        if (
            (other["ResourceId"], other["ScalableDimension"]) == target
            and other["PolicyName"] != request["PolicyName"]
            and [tracked.get(field) for field in fields] == metric
        ):
            raise invalid(
                f"Policy {other['PolicyName']} of {target[0]} tracks this metric already. Only one "
                "TargetTrackingScaling policy for a given metric specification is allowed."
            )


def _read_configuration(request: dict[str, Any], resource: str) -> tuple[str, Record]:
    """Return type and configuration of a policy. Raises ApiError when they are invalid."""
    kind = request.get("PolicyType", STEP)
    if kind not in CONFIGURATIONS:
        raise invalid(
            f"PolicyType {kind} is not supported by the local service. Use {STEP} or {TRACKING}."
        )
    configuration = request.get(CONFIGURATIONS[kind])
    if configuration is None:
        raise invalid(f"{CONFIGURATIONS[kind]} missing: policy type {kind}. Add it.")
    if kind == STEP:
        check_steps(configuration)
    else:
        check_metric(configuration, resource)
    return kind, configuration


def put_alarms(backend: Backend, region: str, policy: Record) -> None:
    """Create the alarms of a target tracking policy, and list them in its record."""
    client = backend.moto_client("cloudwatch", region)
    known = {alarm["AlarmName"] for alarm in policy["Alarms"]}
    alarms = make_alarms(policy, known)
    for alarm in alarms:
        client.put_metric_alarm(**alarm)
    names = [alarm["AlarmName"] for alarm in alarms]
    found = {
        alarm["AlarmName"]: alarm["AlarmArn"]
        for alarm in client.describe_alarms(AlarmNames=names)["MetricAlarms"]
    }
    policy["Alarms"] = [{"AlarmName": name, "AlarmARN": found[name]} for name in names]
    backend.alarm_rounds.wake(region)


def remove_policy(backend: Backend, region: str, policy: Record) -> None:
    """Remove a policy and its alarms."""
    _remove_alarms(backend, region, policy)
    name = name_part(policy["ResourceId"], policy["PolicyName"])
    backend.records.remove(SCALING_POLICY, region, name)


def _remove_alarms(backend: Backend, region: str, policy: Record) -> None:
    names = [alarm["AlarmName"] for alarm in policy.get("Alarms", ())]
    if names:
        backend.moto_client("cloudwatch", region).delete_alarms(AlarmNames=names)


def _describe(backend: Backend, call: ApiCall) -> Output:
    return list_records(backend, call, SCALING_POLICY, "PolicyName", "PolicyNames")


def _delete(backend: Backend, call: ApiCall) -> Output:
    check_dimension(call)
    resource, name = call.request["ResourceId"], call.request["PolicyName"]
    try:
        policy = backend.records.get(SCALING_POLICY, call.region, name_part(resource, name))
    except ApiError as error:
        raise not_found(f"No scaling policy found for {resource}: {name}.") from error
    remove_policy(backend, call.region, policy)
    return {}


OPERATIONS: Operations = {
    "PutScalingPolicy": _put,
    "DescribeScalingPolicies": _describe,
    "DeleteScalingPolicy": _delete,
}
