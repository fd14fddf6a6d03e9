"""The resource types of Application Auto Scaling, their names and its errors."""

import uuid

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.scalable import DIMENSIONS, parse_resource
from local_test.service.storage.records import Record

NAMESPACE = "sagemaker"
SCALABLE_TARGET = ResourceType(
    "ScalableTarget", "scalable-target", "ScalableTargets", "scalable target", tagged=False
)
SCALING_POLICY = ResourceType(
    "ScalingPolicy", "scaling-policy", "ScalingPolicies", "scaling policy", tagged=False
)
SCHEDULED_ACTION = ResourceType(
    "ScheduledAction", "scheduled-action", "ScheduledActions", "scheduled action", tagged=False
)
SCALING_ACTIVITY = ResourceType(
    "ScalingActivity", "scaling-activity", "ScalingActivities", "scaling activity", tagged=False
)


def check_namespace(call: ApiCall) -> None:
    """Raise ApiError when a request is about another service than SageMaker."""
    namespace = call.request["ServiceNamespace"]
    if namespace != NAMESPACE:
        raise invalid(
            f"{call.operation} of the namespace {namespace} is not supported by the local service: "
            "nothing of it scales. Leave the call out of local runs."
        )


def check_dimension(call: ApiCall) -> None:
    """Raise ApiError when a request scales neither variants nor inference components."""
    check_namespace(call)
    dimension = call.request["ScalableDimension"]
    if dimension not in DIMENSIONS:
        supported = " or ".join(DIMENSIONS)
        raise invalid(f"ScalableDimension {dimension} is not supported. Use {supported}.")


def find_target(backend: Backend, region: str, resource: str, dimension: str = "") -> Record:
    """Return a scalable target. Raises ApiError when none is registered, or of another dimension.

    Without `dimension`, the target is of any.
    """
    error = not_found(
        f"No scalable target registered for service namespace: {NAMESPACE}, resource ID: "
        f"{resource}, scalable dimension: {dimension or parse_resource(resource).dimension}"
    )
    try:
        target = backend.records.get(SCALABLE_TARGET, region, resource)
    except ApiError:
        raise error from None
    if dimension not in {"", target["ScalableDimension"]}:
        raise error
    return target


def not_found(message: str) -> ApiError:
    """Return the error for a target, policy or action that does not exist."""
    return ApiError("ObjectNotFoundException", message)


def name_part(resource: str, name: str) -> str:
    """Return the name of the record of a target's policy or scheduled action."""
    return f"{resource}/{name}"


def make_policy_arn(region: str, resource: str, name: str) -> str:
    """Return a new ARN for a scaling policy."""
    return _make_arn(region, "scalingPolicy", f"{resource}:policyName/{name}")


def make_action_arn(region: str, resource: str, name: str) -> str:
    """Return a new ARN for a scheduled action."""
    return _make_arn(region, "scheduledAction", f"{resource}:scheduledActionName/{name}")


def _make_arn(region: str, kind: str, rest: str) -> str:
    return f"arn:aws:autoscaling:{region}:{ACCOUNT}:{kind}:{uuid.uuid4()}:resource/sagemaker/{rest}"
