"""The Flask application: every route of the hosting contract.

(Developer Guide, "Use Your Own Inference Code with Hosting Services".)
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from tandem.contract.settings import MEGABYTE
from tandem.contract.value_types import words
from tandem.errors import PayloadTooLarge, TandemError
from tandem.serving import model_service
from tandem.serving.metrics import OFF, Metrics, prometheus
from tandem.serving.model_service import InferenceService, ServiceResponse
from tandem.serving.output_selection import parse_attributes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Bytes: more than any mode of the platform sends.
_DRAINED, _BLOCK = 256 * MEGABYTE, 1 << 16
_MESSAGES = {
    404: "there is no such route. Send POST /invocations, or to a multi-model endpoint"
    " POST /models/<name>/invoke",
    405: "the route is not for this method. The header Allow names those it is for",
}
_NO_METRICS = (
    "this server keeps no metrics that can be asked for. Start it with TANDEM_METRICS=prometheus"
)
# The view functions of the routes for predictions.
_PREDICTIONS = {"invocations", "invoke"}
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
# The key of the WSGI environment under which a server hands over a body that it has as one: to read
# it as a stream makes three copies.
WHOLE_BODY = "tandem.body"


class _Request(Request):
    """A request that has its body as one, where the server hands it over so."""

    def __init__(self, environ: WSGIEnvironment, *arguments: bool, **options: bool) -> None:
        super().__init__(environ, *arguments, **options)
        self.whole_body: bytes | None = environ.get(WHOLE_BODY)


def create_app(service: InferenceService, metrics: Metrics = OFF) -> Flask:
    """Return the application that serves `service`."""
    app = create_base_app(service.limit, metrics)

    @app.post("/invocations")
    def invocations() -> Response:
        return to_flask(invoke_service(service))

    @app.get("/execution-parameters")
    def execution_parameters() -> Response:
        return to_flask(service.execution_parameters())

    return app


def create_base_app(limit: int | None, metrics: Metrics = OFF) -> Flask:
    """Return an application with `/ping`, `/metrics` and the responses to errors.

    `limit` is the largest body in bytes.
    """
    app = Flask("tandem", static_folder=None)
    app.request_class = _Request
    # One more: Werkzeug cuts a chunked body off at its limit, and the service refuses the longer.
    app.config["MAX_CONTENT_LENGTH"] = None if limit is None else limit + 1
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False

    @app.get("/ping")
    def ping() -> Response:
        return Response(b"", 200, content_type="text/plain")

    _register_metrics(app, metrics)
    _register_errors(app, limit)
    return app


def invoke_service(service: InferenceService) -> ServiceResponse:
    """Pass Flask's request to the service, with the outputs its query or header names."""
    headers = request.headers
    names = request.args.get("output", "")
    outputs = words().parse(names) or parse_attributes(headers.get(_ATTRIBUTES))
    body = cast(_Request, request).whole_body
    if body is None:
        body = request.get_data(cache=False)
    return service.invoke(headers.get("Content-Type"), headers.get("Accept"), body, outputs)


def to_flask(response: ServiceResponse) -> Response:
    """Convert a response to Flask's."""
    # Not `mimetype=`: Werkzeug would add a charset, and the next container may compare the literal.
    return Response(
        response.body, response.status, response.headers, content_type=response.content_type
    )


def _drain() -> None:
    """Read the rest of a rejected body: closing on unread data can destroy the response."""
    stream, left = request.input_stream, _DRAINED
    with suppress(OSError):  # the client may have gone
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            left -= len(block)


def _register_metrics(app: Flask, metrics: Metrics) -> None:
    @app.get("/metrics")
    def page() -> Response:
        text = metrics.render_page()
        if text is None:
            return to_flask(model_service.make_error_response(404, "NotFound", _NO_METRICS))
        return Response(text, content_type=prometheus.CONTENT_TYPE)

    @app.after_request
    def count_failures(response: Response) -> Response:
        if response.status_code >= 300 and request.endpoint in _PREDICTIONS:
            metrics.count_failure(response.status_code)
        return response


def _register_errors(app: Flask, limit: int | None) -> None:
    @app.errorhandler(TandemError)
    def handle_tandem_error(error: TandemError) -> Response:
        if isinstance(error, PayloadTooLarge):
            _drain()
        return to_flask(model_service.explain_error(error))

    @app.errorhandler(RequestEntityTooLarge)
    def handle_too_large(_error: RequestEntityTooLarge) -> Response:
        _drain()
        return to_flask(model_service.explain_error(model_service.make_too_large_error(limit or 0)))

    @app.errorhandler(HTTPException)
    def handle_http_error(error: HTTPException) -> Response:
        status = error.code or 500
        message = _MESSAGES.get(status, error.name) if status < 500 else "the server failed"
        response = to_flask(
            model_service.make_error_response(status, error.name.replace(" ", ""), message)
        )
        for name, value in error.get_headers():
            if name.lower() == "allow":
                response.headers[name] = value
        return response
