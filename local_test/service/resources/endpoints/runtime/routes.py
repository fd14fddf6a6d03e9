"""The route of the runtime API, and its error responses."""

import re

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from local_test.endpoints.invocation_response import make_error_response
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.runtime import asynchronous, realtime, streaming
from local_test.service.resources.endpoints.runtime.responses import to_response
from local_test.service.resources.registration import Route

_INVOKE = {
    "invocations": realtime.invoke,
    "async-invocations": asynchronous.accept_request,
    "invocations-response-stream": streaming.invoke_streaming,
}


def answer_invocation(backend: Backend, request: Request) -> Response:
    """Answer an invocation, with an error in the runtime API's format if it is invalid."""
    region, _ = json_protocol.read_credential_scope(request)
    name, action = request.path.split("/")[2:]
    try:
        return _INVOKE[action](backend, region, name, request)
    except ApiError as error:
        return to_response(make_error_response(error.status, error.code, error.message))
    except RequestEntityTooLarge:
        sentence = f"The body is larger than {request.max_content_length} bytes."
        return to_response(make_error_response(413, "ValidationError", sentence))


INVOCATIONS = Route(
    re.compile(f"/endpoints/([^/]+)/({'|'.join(_INVOKE)})"),
    answer_invocation,
    services=frozenset({"sagemaker", ""}),
    limits_body=True,
    operations=frozenset(
        {"InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"}
    ),
)
