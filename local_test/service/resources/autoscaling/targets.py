"""RegisterScalableTarget, DescribeScalableTargets, DeregisterScalableTarget."""

import secrets

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ACCOUNT, now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.capacity_bounds import enforce_bounds
from local_test.service.resources.autoscaling.lists import list_records
from local_test.service.resources.autoscaling.policies import remove_policy
from local_test.service.resources.autoscaling.resource import (
    SCALABLE_TARGET,
    SCALING_POLICY,
    SCHEDULED_ACTION,
    check_dimension,
    find_target,
    name_part,
)
from local_test.service.resources.autoscaling.scalable import parse_resource, read_state
from local_test.service.resources.endpoints.resource import ENDPOINT, INFERENCE_COMPONENT
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Record

_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
    "/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


def _register(backend: Backend, call: ApiCall) -> Output:
    """Register or change a target; a variant outside of the bounds is scaled."""
    check_dimension(call)
    request, resource = call.request, call.request["ResourceId"]
    _check_match(resource, request["ScalableDimension"])
    state = read_state(backend, call.region, resource)
    with backend.records.lock():
        known = {
            record["ResourceId"]: record
            for _, record in backend.records.list_all(SCALABLE_TARGET, call.region)
        }
        target = known.get(resource) or _make_target(call)
        target |= {
            field: request[field]
            for field in ("MinCapacity", "MaxCapacity", "RoleARN")
            if field in request
        }
        target["SuspendedState"] = target["SuspendedState"] | request.get("SuspendedState", {})
        check_bounds(target, may_be_zero=state.may_be_zero)
        if resource in known:
            backend.records.update(SCALABLE_TARGET, call.region, resource, **target)
        else:
            backend.records.add(SCALABLE_TARGET, call.region, resource, target)
    enforce_bounds(backend, call.region, target)
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _check_match(resource: str, dimension: str) -> None:
    fitting = parse_resource(resource).dimension
    if dimension != fitting:
        what = f"ScalableDimension {dimension} of {resource}"
        raise invalid(f"{what} is not supported. Use {fitting}.")


def check_bounds(target: Record, *, may_be_zero: bool) -> None:
    """Raise ApiError when a target's minimum and maximum are missing or not allowed."""
    missing = [field for field in ("MinCapacity", "MaxCapacity") if field not in target]
    if missing:
        raise invalid(f"{' and '.join(missing)} must be specified when registering a new target.")
    least, most = target["MinCapacity"], target["MaxCapacity"]
    if not 0 <= least <= most:
        raise invalid(f"Maximum capacity cannot be less than minimum capacity: {most}, {least}.")
    if least == 0 and not may_be_zero:
        raise invalid(
            f"MinCapacity 0 of {target['ResourceId']}. Give 1 or more: of variants "
            "only asynchronous endpoints scale to zero."
        )


def _make_target(call: ApiCall) -> Record:
    request = call.request
    identity = secrets.token_hex(8)
    arn = f"arn:aws:application-autoscaling:{call.region}:{ACCOUNT}:scalable-target/{identity}"
    return {
        "ServiceNamespace": request["ServiceNamespace"],
        "ResourceId": request["ResourceId"],
        "ScalableDimension": request["ScalableDimension"],
        "RoleARN": _ROLE,
        "CreationTime": now(),
        "SuspendedState": _NOT_SUSPENDED,
        "ScalableTargetARN": arn,
        "TargetTags": request.get("Tags", {}),
    }


def _describe(backend: Backend, call: ApiCall) -> Output:
    return list_records(backend, call, SCALABLE_TARGET, "ResourceId", "ResourceIds")


def _deregister(backend: Backend, call: ApiCall) -> Output:
    check_dimension(call)
    request = call.request
    find_target(backend, call.region, request["ResourceId"], request["ScalableDimension"])
    _remove_target(backend, call.region, call.request["ResourceId"])
    return {}


def _remove_target(backend: Backend, region: str, resource: str) -> None:
    """Remove a target with its policies, their alarms and its scheduled actions."""
    for _, policy in backend.records.list_all(SCALING_POLICY, region):
        if policy["ResourceId"] == resource:
            remove_policy(backend, region, policy)
    for _, action in backend.records.list_all(SCHEDULED_ACTION, region):
        if action["ResourceId"] == resource:
            name = name_part(resource, action["ScheduledActionName"])
            backend.records.remove(SCHEDULED_ACTION, region, name)
    backend.records.remove(SCALABLE_TARGET, region, resource)


def remove_with_endpoint(backend: Backend, change: RecordChange) -> None:
    """Deregister the targets of an endpoint or component that was deleted, as the service does."""
    if change.resource in (ENDPOINT, INFERENCE_COMPONENT) and change.after is None:
        of_component = change.resource == INFERENCE_COMPONENT
        for _, target in backend.records.list_all(SCALABLE_TARGET, change.region):
            resource = parse_resource(target["ResourceId"])
            if change.name == (resource.component if of_component else resource.endpoint):
                _remove_target(backend, change.region, target["ResourceId"])


OPERATIONS: Operations = {
    "RegisterScalableTarget": _register,
    "DescribeScalableTargets": _describe,
    "DeregisterScalableTarget": _deregister,
}
