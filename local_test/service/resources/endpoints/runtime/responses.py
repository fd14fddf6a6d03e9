"""An endpoint's answer as the HTTP response of the runtime API."""

from werkzeug.wrappers import Response

from local_test.endpoints import EndpointResponse


def to_response(answer: EndpointResponse) -> Response:
    """Return status, headers and body as the client gets them."""
    response = Response(answer.body, answer.status, dict(answer.headers))
    response.headers.remove("Content-Type")
    if answer.content_type is not None:
        response.headers["Content-Type"] = answer.content_type
    return response
