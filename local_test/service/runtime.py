"""InvokeEndpoint: the request's headers and body to the containers, their answer back."""

import json
import re

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from local_test.endpoints import Answer
from local_test.endpoints.answer import refused
from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service import calls
from local_test.service.backend import Backend
from local_test.service.faults import Fault
from local_test.service.resources import ACCOUNT
from local_test.service.work.deployment import GROUP

_PATH = re.compile("/endpoints/([^/]+)/(invocations|async-invocations)")
_VARIANT = "X-Amzn-SageMaker-Target-Variant"
_INVOKED = "x-Amzn-Invoked-Production-Variant"


def endpoint(request: Request) -> str | None:
    """Give the name of the endpoint a request invokes, None where it invokes none."""
    found = _PATH.fullmatch(request.path)
    _, service = calls.signed_for(request)
    return found[1] if found and service in {"sagemaker", ""} else None


def invoke(backend: Backend, name: str, request: Request) -> Response:
    """Answer an invocation as the endpoint's containers do."""
    region, _ = calls.signed_for(request)
    if request.path.endswith("/async-invocations"):
        sentence = f"Endpoint {name} is no asynchronous one; none is done by the local service."
        return _response(refused(400, "ValidationError", sentence))
    request.max_content_length = PAYLOAD_BYTES
    try:
        variant = backend.hosting.pick(region, name, request.headers.get(_VARIANT))
        body = request.get_data()
    except Fault as fault:
        return _response(refused(fault.status, fault.code, fault.message))
    except RequestEntityTooLarge:
        sentence = f"The body is larger than {PAYLOAD_BYTES} bytes."
        return _response(refused(413, "ValidationError", sentence))
    headers = dict(request.headers.items())
    answer = variant.endpoint.invoke(
        body, headers.get("Content-Type"), headers.get("Accept"), headers
    )
    response = _response(answer)
    response.headers[_INVOKED] = variant.name
    if answer.original_status is not None:
        response.set_data(_with_log(answer.body, region, name))
    return response


def _with_log(body: bytes, region: str, name: str) -> bytes:
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{GROUP}{name}"
    return json.dumps(json.loads(body) | {"LogStreamArn": arn}).encode()


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, dict(answer.headers))
    response.headers.remove("Content-Type")
    if answer.content_type is not None:
        response.headers["Content-Type"] = answer.content_type
    return response
