"""The Flask application of a multi-model endpoint: management and inference on one port.

(Developer Guide, "Custom Containers Contract for Multi-Model Endpoints".)
"""

from __future__ import annotations

import json

from flask import Flask, Response, request

from tandem.errors import BadData
from tandem.serving.app import create_base_app, invoke_service, to_flask
from tandem.serving.metrics import OFF, Metrics
from tandem.serving.model_service import ServiceResponse
from tandem.serving.multi_model import LoadedModels

_PAGE = 100


def create_multi_model_app(
    models: LoadedModels, limit: int | None, metrics: Metrics = OFF
) -> Flask:
    """Return the application that loads, lists, invokes and unloads `models`."""
    app = create_base_app(limit, metrics)

    @app.post("/models")
    def load() -> Response:
        name, url = _parse_load_request(request.get_data(cache=False))
        models.load(name, url)
        return _to_json_response({"modelName": name, "modelUrl": url})

    @app.get("/models")
    def listing() -> Response:
        token = request.args.get("next_page_token", "")
        page, following = models.list_page(
            token, request.args.get("limit", _PAGE, type=int) or _PAGE
        )
        shown = [{"modelName": name, "modelUrl": url} for name, url in page]
        return _to_json_response(
            {"models": shown} | ({"nextPageToken": following} if following else {})
        )

    @app.get("/models/<name>")
    def describe(name: str) -> Response:
        return _to_json_response({"modelName": name, "modelUrl": models.get_folder(name)})

    @app.delete("/models/<name>")
    def unload(name: str) -> Response:
        models.unload(name)
        return _to_json_response({"modelName": name})

    @app.post("/models/<name>/invoke")
    def invoke(name: str) -> Response:
        with models.hold_model(name) as service:
            return to_flask(invoke_service(service))

    return app


def _parse_load_request(body: bytes) -> tuple[str, str]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise BadData("the body is not valid JSON") from error
    if not isinstance(document, dict):
        raise BadData("the body must be a JSON object")
    name, url = document.get("model_name"), document.get("url")
    if not (isinstance(name, str) and name and isinstance(url, str) and url):
        raise BadData("the body must name the model in 'model_name' and its folder in 'url'")
    return name, url


def _to_json_response(value: object) -> Response:
    return to_flask(ServiceResponse(200, "application/json", json.dumps(value).encode()))
