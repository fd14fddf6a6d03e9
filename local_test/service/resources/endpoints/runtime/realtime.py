"""InvokeEndpoint: the request's headers and body to the containers, their answer back."""

import json
import time
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.endpoints import EndpointResponse
from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.backend import Backend
from local_test.service.background.capture_writer import Place
from local_test.service.background.recent_requests import Visit
from local_test.service.resources.endpoints.data_capture import capture, chosen
from local_test.service.resources.endpoints.deployment import GROUP
from local_test.service.resources.endpoints.runtime.responses import reply

_INVOKED = "x-Amzn-Invoked-Production-Variant"


def invoke(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Answer an invocation as the endpoint's containers do; what they never see is a Fault."""
    asked = rest_parameters.read(backend.runtime, "InvokeEndpoint", name, request)
    request.max_content_length = PAYLOAD_BYTES
    variant = backend.hosting.pick(region, name, asked.get("TargetVariant"))
    if variant.waits:
        raise Fault("ValidationError", f"Endpoint {name} is asynchronous: use InvokeEndpointAsync.")
    headers, body = dict(request.headers.items()), request.get_data()
    started = time.time()
    answer = variant.endpoint.invoke(body, asked.get("ContentType"), asked.get("Accept"), headers)
    backend.visits.add(region, name, _visit(started, asked, body, answer))
    config = variant.config.get("DataCaptureConfig")
    if config is not None and answer.ok and chosen(config):
        place = Place(region, config["DestinationS3Uri"], name, variant.name)
        backend.captures.add(place, capture(config, asked, body, answer))
    response = reply(answer)
    response.headers[_INVOKED] = variant.name
    if answer.original_status is not None:
        response.set_data(_with_log(answer.body, region, name))
    return response


def _visit(started: float, asked: dict[str, Any], body: bytes, answer: EndpointResponse) -> Visit:
    return Visit(
        time=started,
        id=asked.get("InferenceId", ""),
        content_type=asked.get("ContentType", ""),
        size=len(body),
        status=answer.status if answer.original_status is None else answer.original_status,
        error=answer.error,
        milliseconds=1000 * (time.time() - started),
    )


def _with_log(body: bytes, region: str, name: str) -> bytes:
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{GROUP}{name}"
    return json.dumps(json.loads(body) | {"LogStreamArn": arn}).encode()
