"""The resource types of Application Auto Scaling, their names and its errors."""

import re
import uuid
from typing import NamedTuple

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.storage.records import Record

NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
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
_VARIANT = re.compile("endpoint/([^/]+)/variant/([^/]+)")


class VariantId(NamedTuple):
    """An endpoint's name and a variant's name."""

    endpoint: str
    variant: str


def check_namespace(call: ApiCall) -> None:
    """Raise ApiError when a request is about another service than SageMaker."""
    namespace = call.request["ServiceNamespace"]
    if namespace != NAMESPACE:
        raise invalid(
            f"{call.operation} of the namespace {namespace} is not supported by the local service: "
            "nothing of it scales. Leave the call out of local runs."
        )


def parse_variant(resource: str) -> VariantId:
    """Parse `endpoint/NAME/variant/NAME`. Raises ApiError when it has another form."""
    match = _VARIANT.fullmatch(resource)
    if match is None:
        raise invalid(f"ResourceId {resource} is no variant. Write endpoint/NAME/variant/NAME.")
    return VariantId(match[1], match[2])


def find_variant(backend: Backend, region: str, resource: str) -> tuple[Record, Record]:
    """Return the records of an endpoint and of its variant. Raises ApiError when there is none."""
    endpoint, variant = parse_variant(resource)
    record = backend.records.get(ENDPOINT, region, endpoint)
    variants = {item["VariantName"]: item for item in record.get("ProductionVariants", ())}
    if variant not in variants:
        raise invalid(f"Endpoint {endpoint} has no variant {variant}: {', '.join(variants)}.")
    return record, variants[variant]


def check_dimension(call: ApiCall) -> None:
    """Raise ApiError when a request does not scale the instances of a SageMaker variant."""
    check_namespace(call)
    dimension = call.request["ScalableDimension"]
    if dimension != DIMENSION:
        raise invalid(f"ScalableDimension {dimension} is not supported. Use {DIMENSION}.")


def find_target(backend: Backend, region: str, resource: str) -> Record:
    """Return a scalable target. Raises ApiError when none is registered."""
    try:
        return backend.records.get(SCALABLE_TARGET, region, resource)
    except ApiError as error:
        raise not_found(
            f"No scalable target registered for service namespace: {NAMESPACE}, resource ID: "
            f"{resource}, scalable dimension: {DIMENSION}"
        ) from error


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
