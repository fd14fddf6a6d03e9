"""The response of an endpoint's containers as an HTTP response of the runtime API."""

from werkzeug.wrappers import Response

from local_test.endpoints import EndpointResponse


def to_response(answer: EndpointResponse) -> Response:
    """Return the HTTP response with the containers' status, headers and body."""
    response = Response(answer.body, answer.status, dict(answer.headers))
    response.headers.remove("Content-Type")
    if answer.content_type is not None:
        response.headers["Content-Type"] = answer.content_type
    return response
