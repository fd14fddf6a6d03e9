"""The response of an endpoint's containers as an HTTP response of the runtime API."""

import json

from werkzeug.wrappers import Response

from local_test.endpoints import EndpointResponse
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.instance_count import LOG_GROUP_PREFIX
from local_test.service.resources.endpoints.runtime.runtime_call import RuntimeCall

INVOKED = "x-Amzn-Invoked-Production-Variant"


def to_response(answer: EndpointResponse) -> Response:
    """Return the HTTP response with the containers' status, headers and body."""
    response = Response(answer.body, answer.status, dict(answer.headers))
    response.headers.remove("Content-Type")
    if answer.content_type is not None:
        response.headers["Content-Type"] = answer.content_type
    return response


def to_variant_response(answer: EndpointResponse, call: RuntimeCall, variant: Variant) -> Response:
    """Return the HTTP response of a variant, which it names; a ModelError names its logs too."""
    response = to_response(answer)
    response.headers[INVOKED] = variant.host or variant.name
    if answer.original_status is not None:
        response.set_data(_add_log_arn(answer.body, call))
    return response


def _add_log_arn(body: bytes, call: RuntimeCall) -> bytes:
    group = f"{LOG_GROUP_PREFIX}{call.endpoint}"
    arn = f"arn:aws:logs:{call.region}:{ACCOUNT}:log-group:{group}"
    return json.dumps(json.loads(body) | {"LogStreamArn": arn}).encode()
