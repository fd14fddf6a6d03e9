"""The API: `POST /predictions`, `GET /schema`, and what a browser asks before either."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import events, fields, records
from .endpoint import Endpoint
from .events import Request
from .problems import MEDIA_TYPE, Problem
from .settings import Settings

logger = logging.getLogger(__name__)

_METHODS: Mapping[str, str] = {"predictions": "POST", "schema": "GET"}
_ASKED = "Authorization, Content-Type, X-Amz-Date, X-Amz-Security-Token, X-Api-Key, X-Request-Id"
_SHOWN = "Retry-After, X-Model-Attributes, X-Request-Id"
_DAY = "86400"


@dataclass(frozen=True)
class Answer:
    """A status, headers and a text."""

    status: int
    headers: Mapping[str, str]
    body: str


class Api:
    """Answers events; made once, so that client, recipe and connections outlive an event."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fields = fields.load(settings.recipe)
        self._schema = json.dumps(self._fields.schema(), ensure_ascii=False)
        self._endpoint = Endpoint(settings.endpoint, settings.timeout_seconds)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an event of either version in the form that both kinds of API take."""
        started = time.perf_counter()
        request = events.read(event)
        told: dict[str, Any] = {"request_id": request.request_id}
        try:
            answer = self._route(request, told)
        except Problem as problem:
            told |= {"problem": problem.detail, "cause": problem.cause}
            headers = problem.headers | {"Content-Type": MEDIA_TYPE}
            answer = Answer(problem.status, headers, problem.text(request.request_id))
        told["milliseconds"] = round(1000 * (time.perf_counter() - started), 1)
        logger.info(
            "%s %s %d", request.method, request.resource, answer.status, extra={"told": told}
        )
        return {
            "statusCode": answer.status,
            "headers": {**answer.headers, **self._common(request)},
            "body": answer.body,
            "isBase64Encoded": False,
        }

    def _route(self, request: Request, told: dict[str, Any]) -> Answer:
        method = _METHODS.get(request.resource)
        if method is None:
            names = ", ".join(f"{method} /{name}" for name, method in _METHODS.items())
            raise Problem(404, f"There is no /{request.resource} here; there are {names}.")
        if request.method == "OPTIONS":
            return Answer(204, {}, "")
        if request.method != method:
            detail = f"/{request.resource} takes {method}, not {request.method}."
            raise Problem(405, detail, headers={"Allow": f"{method}, OPTIONS"})
        if method == "GET":
            return Answer(200, {"Content-Type": "application/schema+json"}, self._schema)
        return self._predict(request, told)

    def _predict(self, request: Request, told: dict[str, Any]) -> Answer:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != records.MEDIA_TYPE:
            had = f"not {media_type}" if media_type else "and the request names none"
            raise Problem(415, f"The Content-Type must be {records.MEDIA_TYPE}, {had}.")
        found = records.read(request.payload(self._settings.max_body_bytes), self._fields)
        told["records"] = len(found)
        made = self._endpoint.predict(records.payload(found, self._fields), request.request_id)
        headers = {"Content-Type": records.MEDIA_TYPE}
        if made.attributes:
            headers["X-Model-Attributes"] = made.attributes
        return Answer(200, headers, made.body)

    def _common(self, request: Request) -> dict[str, str]:
        headers = {"X-Request-Id": request.request_id, "Cache-Control": "no-store"}
        origins, origin = self._settings.origins, request.headers.get("origin", "")
        if "*" in origins or origin in origins:
            headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
            headers["Access-Control-Expose-Headers"] = _SHOWN
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                headers["Access-Control-Allow-Headers"] = _ASKED
                headers["Access-Control-Max-Age"] = _DAY
        return headers | ({} if "*" in origins or not origins else {"Vary": "Origin"})
