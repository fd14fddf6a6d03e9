"""The Flask application: every route of the hosting contract.

(Developer Guide, "Use Your Own Inference Code with Hosting Services".)
"""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from tandem.contract.settings import MEGABYTE
from tandem.contract.value_types import words
from tandem.errors import PayloadTooLarge, TandemError
from tandem.serving import model_service
from tandem.serving.metrics import OFF, Metrics, prometheus
from tandem.serving.model_service import Answer, Answering
from tandem.serving.output_selection import from_attributes

# More than any mode of the platform sends.
_DRAINED, _BLOCK = 256 * MEGABYTE, 1 << 16
_MESSAGES = {
    404: "there is no such route. Send POST /invocations, or to a multi-model endpoint"
    " POST /models/<name>/invoke",
    405: "the route is not for this method. The header Allow names those it is for",
}
_NO_METRICS = (
    "this server keeps no metrics that can be asked for. Start it with TANDEM_METRICS=prometheus"
)
# The functions of the routes that ask for predictions.
_PREDICTIONS = {"invocations", "invoke"}
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def create_app(service: Answering, metrics: Metrics = OFF) -> Flask:
    """Make the application that answers for `service`."""
    app = base_app(service.limit, metrics)

    @app.post("/invocations")
    def invocations() -> Response:
        return response(answered(service))

    @app.get("/execution-parameters")
    def execution_parameters() -> Response:
        return response(service.execution_parameters())

    return app


def base_app(limit: int | None, metrics: Metrics = OFF) -> Flask:
    """Make an application with `/ping`, `/metrics` and the answers to errors.

    `limit` is a body's, in bytes.
    """
    app = Flask("tandem", static_folder=None)
    # One more: Werkzeug cuts a chunked body off at its limit, and the service refuses the longer.
    app.config["MAX_CONTENT_LENGTH"] = None if limit is None else limit + 1
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False

    @app.get("/ping")
    def ping() -> Response:
        return Response(b"", 200, content_type="text/plain")

    _register_metrics(app, metrics)
    _register_errors(app, limit)
    return app


def answered(service: Answering) -> Answer:
    """Carry the request in. What it asks for beside the prediction stands in a header or query."""
    headers = request.headers
    named = request.args.get("output", "")
    outputs = words().parse(named) or from_attributes(headers.get(_ATTRIBUTES))
    body = request.get_data(cache=False)
    return service.invoke(headers.get("Content-Type"), headers.get("Accept"), body, outputs)


def response(answer: Answer) -> Response:
    """Carry an answer out."""
    # Not `mimetype=`: Werkzeug would add a charset, and the next container may compare the literal.
    return Response(answer.body, answer.status, answer.headers, content_type=answer.content_type)


def _drain() -> None:
    """Read what is left of a refused body: closing on unread data can take the answer away."""
    stream, left = request.input_stream, _DRAINED
    with suppress(OSError):  # the client may have gone
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            left -= len(block)


def _register_metrics(app: Flask, metrics: Metrics) -> None:
    @app.get("/metrics")
    def page() -> Response:
        text = metrics.page()
        if text is None:
            return response(model_service.problem(404, "NotFound", _NO_METRICS))
        return Response(text, content_type=prometheus.CONTENT_TYPE)

    @app.after_request
    def counted(answer: Response) -> Response:
        if answer.status_code >= 300 and request.endpoint in _PREDICTIONS:
            metrics.failed(answer.status_code)
        return answer


def _register_errors(app: Flask, limit: int | None) -> None:
    @app.errorhandler(TandemError)
    def known(error: TandemError) -> Response:
        if isinstance(error, PayloadTooLarge):
            _drain()
        return response(model_service.failed(error))

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> Response:
        _drain()
        return response(model_service.failed(model_service.too_large(limit or 0)))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        message = _MESSAGES.get(status, error.name) if status < 500 else "the server failed"
        answer = response(model_service.problem(status, error.name.replace(" ", ""), message))
        for name, value in error.get_headers():
            if name.lower() == "allow":
                answer.headers[name] = value
        return answer
