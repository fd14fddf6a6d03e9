"""Application Auto Scaling: targets are kept by moto if they exist, and policies are refused.

One set of containers serves a variant, so nothing scales.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.json_service import answer_call
from local_test.service.resources.registration import Registration, Route

_SERVICE = "application-autoscaling"
_API = ServiceModel(_SERVICE)
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_VARIANT = re.compile("endpoint/([^/]+)/variant/([^/]+)")
_ADVICE = "One set of containers serves a variant here: leave the call out of local runs."


def _answer(backend: Backend, request: Request) -> Response:
    """Answer a request. Raises ForwardToMoto when moto keeps it."""
    return answer_call(backend, request, _API, OPERATIONS)


def _register(backend: Backend, call: ApiCall) -> Output:
    """Let moto keep a target whose variant exists; alone it changes nothing, on AWS neither."""
    _find_variant(backend, call)
    raise ForwardToMoto


def _refuse(backend: Backend, call: ApiCall) -> Output:
    _find_variant(backend, call)
    raise invalid(f"{call.operation} is not supported by the local service. {_ADVICE}")


def _describe_activities(_backend: Backend, call: ApiCall) -> Output:
    _check_namespace(call)
    return {"ScalingActivities": []}


def _check_namespace(call: ApiCall) -> None:
    namespace = call.request["ServiceNamespace"]
    if namespace != "sagemaker":
        raise invalid(
            f"{call.operation} of the namespace {namespace} is not supported by the local service: "
            "nothing of it scales. Leave the call out of local runs."
        )


def _find_variant(backend: Backend, call: ApiCall) -> None:
    """Raise ApiError when the resource of a request is no variant of an endpoint."""
    _check_namespace(call)
    dimension, resource = call.request["ScalableDimension"], call.request["ResourceId"]
    if dimension != _DIMENSION:
        raise invalid(f"ScalableDimension {dimension} is not supported. Use {_DIMENSION}.")
    match = _VARIANT.fullmatch(resource)
    if match is None:
        raise invalid(f"ResourceId {resource} is no variant. Write endpoint/NAME/variant/NAME.")
    record: Mapping[str, Any] = backend.records.get(ENDPOINT, call.region, match[1])
    names = [variant["VariantName"] for variant in record.get("ProductionVariants", ())]
    if match[2] not in names:
        raise invalid(f"Endpoint {match[1]} has no variant {match[2]}: {', '.join(names)}.")


OPERATIONS: Mapping[str, Callable[[Backend, ApiCall], Output]] = {
    "RegisterScalableTarget": _register,
    "PutScalingPolicy": _refuse,
    "PutScheduledAction": _refuse,
    "DescribeScalingActivities": _describe_activities,
}

REGISTRATION = Registration(
    operations={},
    routes=(
        Route(
            re.compile("/"), _answer, methods=frozenset({"POST"}), services=frozenset({_SERVICE})
        ),
    ),
)
