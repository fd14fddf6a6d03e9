"""InvokeEndpoint: the request's headers and body go to the containers, their response goes back."""

import json
import time
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.endpoints import EndpointResponse
from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, now
from local_test.service.backend import Backend
from local_test.service.background.capture_writer import CaptureTarget
from local_test.service.background.endpoint_metrics import Invocation
from local_test.service.background.recent_requests import RecentRequest
from local_test.service.resources.endpoints.data_capture import build_capture, is_sampled
from local_test.service.resources.endpoints.instance_count import LOG_GROUP_PREFIX
from local_test.service.resources.endpoints.runtime.responses import to_response

_MISSING = {
    "EnableExplanations": "ExplainerConfig",
    "InferenceComponentName": "inference component",
}
_INVOKED = "x-Amzn-Invoked-Production-Variant"


def invoke(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Return the response of the endpoint's containers.

    Raises ApiError when the request is invalid and never reaches a container.
    """
    received = time.time()
    parameters = rest_parameters.read_parameters(backend.runtime, "InvokeEndpoint", name, request)
    _check_parameters(name, parameters)
    request.max_content_length = PAYLOAD_BYTES
    endpoints, target = backend.running_endpoints, parameters.get("TargetVariant")
    if endpoints.pick_variant(region, name, target).is_asynchronous:
        raise ApiError(
            "ValidationError", f"Endpoint {name} is asynchronous: use InvokeEndpointAsync."
        )
    headers, body = dict(request.headers.items()), request.get_data()
    with endpoints.reserve(region, name, target) as (variant, containers):
        started = time.time()
        answer = containers.invoke(
            body, parameters.get("ContentType"), parameters.get("Accept"), headers
        )
        model_seconds = time.time() - started
    backend.recent_requests.add(
        region, name, _make_recent_request(started, parameters, body, answer)
    )
    config = variant.config.get("DataCaptureConfig")
    if config is not None and answer.ok and is_sampled(config):
        target = CaptureTarget(region, config["DestinationS3Uri"], name, variant.name)
        backend.capture_writer.add(target, build_capture(config, parameters, body, answer))
    response = to_response(answer)
    response.headers[_INVOKED] = variant.name
    if answer.original_status is not None:
        response.set_data(_add_log_arn(answer.body, region, name))
    if answer.ok or answer.original_status is not None:  # it reached the containers
        overhead = max(time.time() - received - model_seconds, 0.0)
        invocation = Invocation(
            now() - (time.time() - started),
            model_seconds,
            overhead,
            answer.original_status,
            variant.count,
        )
        backend.endpoint_metrics.add(region, name, variant.name, invocation)
    return response


def _check_parameters(name: str, parameters: dict[str, Any]) -> None:
    for field, missing in _MISSING.items():
        if field in parameters:
            message = f"{field}: endpoint {name} has no {missing}. Leave it out."
            raise ApiError("ValidationError", message)


def _make_recent_request(
    started: float, parameters: dict[str, Any], body: bytes, answer: EndpointResponse
) -> RecentRequest:
    return RecentRequest(
        time=started,
        id=parameters.get("InferenceId", ""),
        content_type=parameters.get("ContentType", ""),
        size=len(body),
        status=answer.status if answer.original_status is None else answer.original_status,
        error=answer.error,
        milliseconds=1000 * (time.time() - started),
    )


def _add_log_arn(body: bytes, region: str, name: str) -> bytes:
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{LOG_GROUP_PREFIX}{name}"
    return json.dumps(json.loads(body) | {"LogStreamArn": arn}).encode()
