"""The API: `POST /predictions`, `GET /schema`, and what a browser asks before either."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import attributions, events, fields, records
from .endpoint import EndpointClient
from .events import Request
from .problems import MEDIA_TYPE, Problem
from .settings import Settings

logger = logging.getLogger(__name__)

_METHODS: Mapping[str, str] = {"predictions": "POST", "schema": "GET"}
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, X-Amz-Date, X-Amz-Security-Token, X-Api-Key, X-Request-Id"
)
_EXPOSED_HEADERS = "Retry-After, X-Model-Attributes, X-Request-Id"
_PREFLIGHT_SECONDS = "86400"


@dataclass(frozen=True)
class Response:
    """A status, headers and a text."""

    status: int
    headers: Mapping[str, str]
    body: str


class Api:
    """Answers events; made once, so that client, recipe and connections outlive an event."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fields = fields.load(settings.recipe)
        self._schema = json.dumps(self._fields.to_json_schema(), ensure_ascii=False)
        self._endpoint = EndpointClient(settings.endpoint, settings.timeout_seconds)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an event of either version in the form that both kinds of API take."""
        started = time.perf_counter()
        request = events.read(event)
        log_fields: dict[str, Any] = {"request_id": request.request_id}
        try:
            response = self._route(request, log_fields)
        except Problem as problem:
            log_fields |= {"problem": problem.detail, "cause": problem.cause}
            headers = problem.headers | {"Content-Type": MEDIA_TYPE}
            response = Response(problem.status, headers, problem.to_json(request.request_id))
        log_fields["milliseconds"] = round(1000 * (time.perf_counter() - started), 1)
        logger.info(
            "%s %s %d",
            request.method,
            request.resource,
            response.status,
            extra={"told": log_fields},
        )
        return {
            "statusCode": response.status,
            "headers": {**response.headers, **self._make_common_headers(request)},
            "body": response.body,
            "isBase64Encoded": False,
        }

    def _route(self, request: Request, log_fields: dict[str, Any]) -> Response:
        method = _METHODS.get(request.resource)
        if method is None:
            names = ", ".join(f"{method} /{name}" for name, method in _METHODS.items())
            raise Problem(404, f"There is no /{request.resource} here; there are {names}.")
        if request.method == "OPTIONS":
            return Response(204, {}, "")
        if request.method != method:
            detail = f"/{request.resource} takes {method}, not {request.method}."
            raise Problem(405, detail, headers={"Allow": f"{method}, OPTIONS"})
        if method == "GET":
            return Response(200, {"Content-Type": "application/schema+json"}, self._schema)
        return self._predict(request, log_fields)

    def _predict(self, request: Request, log_fields: dict[str, Any]) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != records.MEDIA_TYPE:
            had = f"not {media_type}" if media_type else "and the request names none"
            raise Problem(415, f"The Content-Type must be {records.MEDIA_TYPE}, {had}.")
        rows = records.read(request.decode_body(self._settings.max_body_bytes), self._fields)
        log_fields["records"] = len(rows)
        explain = request.reads_switch("explain")
        payload = records.payload(rows, self._fields)
        prediction = self._endpoint.predict(payload, request.request_id, explain=explain)
        headers = {"Content-Type": records.MEDIA_TYPE}
        if prediction.attributes:
            headers["X-Model-Attributes"] = prediction.attributes
        body = attributions.rank(prediction.body) if explain else prediction.body
        return Response(200, headers, body)

    def _make_common_headers(self, request: Request) -> dict[str, str]:
        headers = {"X-Request-Id": request.request_id, "Cache-Control": "no-store"}
        origins, origin = self._settings.origins, request.headers.get("origin", "")
        if "*" in origins or origin in origins:
            headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
            headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
                headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        return headers | ({} if "*" in origins or not origins else {"Vary": "Origin"})
