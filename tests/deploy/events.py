"""Events as API Gateway sends them, of both kinds of API."""

from __future__ import annotations

import base64
import json
from typing import Any

JSON = "application/json"


def build_rest_event(
    method: str = "POST",
    resource: str = "predictions",
    body: str | bytes | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Give the event of a REST API, version 1.0."""
    text, is_base64 = _encode(body)
    return {
        "resource": f"/{resource}",
        "path": f"/{resource}",
        "httpMethod": method,
        "headers": _name_headers({"Content-Type": JSON} | headers) or None,
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "requestContext": {"requestId": "gateway-1", "stage": "prod", "httpMethod": method},
        "body": text,
        "isBase64Encoded": is_base64,
    }


def build_http_event(
    method: str = "POST",
    resource: str = "predictions",
    body: str | bytes | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Give the event of an HTTP API, version 2.0, whose path has the stage in it."""
    text, is_base64 = _encode(body)
    event = {
        "version": "2.0",
        "routeKey": f"{method} /{resource}",
        "rawPath": f"/prod/{resource}",
        "rawQueryString": "",
        "headers": {
            name.lower(): value for name, value in _name_headers({"Content-Type": JSON}).items()
        }
        | {name.lower(): value for name, value in _name_headers(headers).items()},
        "requestContext": {
            "http": {"method": method, "path": f"/prod/{resource}"},
            "requestId": "gateway-2",
            "stage": "prod",
        },
        "isBase64Encoded": is_base64,
    }
    return event if text is None else event | {"body": text}


def read_problem(answer: dict[str, Any]) -> dict[str, Any]:
    """Give the problem an answer tells of."""
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(answer["body"])
    assert told["status"] == answer["statusCode"]
    assert told["request_id"] == answer["headers"]["X-Request-Id"]
    return told


def _encode(body: str | bytes | None) -> tuple[str | None, bool]:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode(), True
    return body, False


def _name_headers(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items() if value}
