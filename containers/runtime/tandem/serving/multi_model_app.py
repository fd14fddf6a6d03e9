"""The Flask application of a multi-model endpoint: management and inference on one port.

(Developer Guide, "Custom Containers Contract for Multi-Model Endpoints".)
"""

from __future__ import annotations

import json

from flask import Flask, Response, request

from tandem.errors import BadData
from tandem.serving.app import answered, base_app, response
from tandem.serving.metrics import OFF, Metrics
from tandem.serving.model_service import Answer
from tandem.serving.multi_model import Models

_PAGE = 100


def create_models_app(models: Models, limit: int | None, metrics: Metrics = OFF) -> Flask:
    """Make the application that loads, lists, asks and unloads `models`."""
    app = base_app(limit, metrics)

    @app.post("/models")
    def load() -> Response:
        name, url = _load_request(request.get_data(cache=False))
        models.load(name, url)
        return _json({"modelName": name, "modelUrl": url})

    @app.get("/models")
    def listing() -> Response:
        token = request.args.get("next_page_token", "")
        page, following = models.page(token, request.args.get("limit", _PAGE, type=int) or _PAGE)
        shown = [{"modelName": name, "modelUrl": url} for name, url in page]
        return _json({"models": shown} | ({"nextPageToken": following} if following else {}))

    @app.get("/models/<name>")
    def describe(name: str) -> Response:
        return _json({"modelName": name, "modelUrl": models.url(name)})

    @app.delete("/models/<name>")
    def unload(name: str) -> Response:
        models.unload(name)
        return _json({"modelName": name})

    @app.post("/models/<name>/invoke")
    def invoke(name: str) -> Response:
        with models.using(name) as service:
            return response(answered(service))

    return app


def _load_request(body: bytes) -> tuple[str, str]:
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise BadData("the body is not valid JSON") from error
    if not isinstance(asked, dict):
        raise BadData("the body must be a JSON object")
    name, url = asked.get("model_name"), asked.get("url")
    if not (isinstance(name, str) and name and isinstance(url, str) and url):
        raise BadData("the body must name the model in 'model_name' and its folder in 'url'")
    return name, url


def _json(value: object) -> Response:
    return response(Answer(200, "application/json", json.dumps(value).encode()))
