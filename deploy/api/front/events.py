"""API Gateway's events: REST APIs (version 1.0) and HTTP APIs (version 2.0) as one request.

Source: Lambda Developer Guide, "Lambda proxy integration", "Working with AWS Lambda proxy
integrations for HTTP APIs".
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .problems import Problem

# What may stand in a header, in a log and in SageMaker's InferenceId.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/=+@-]{1,64}")


@dataclass(frozen=True)
class Request:
    """What a client asks; `resource` is the last part of the path, header names are in lower case.

    `query` has the last value of each parameter. `body` is as the gateway hands it on: base64 where
    `is_base64`.
    """

    method: str
    resource: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool
    request_id: str
    query: Mapping[str, str]

    def reads_switch(self, name: str) -> bool:
        """Return whether a query parameter is `true`. Raises Problem where it is no switch."""
        value = self.query.get(name, "false")
        if value not in {"true", "false"}:
            raise Problem(400, f"The query parameter {name} is true or false, not {value[:40]!r}.")
        return value == "true"

    def decode_body(self, limit: int) -> bytes:
        """Return the decoded body. Raises Problem where it is larger than `limit` bytes."""
        try:
            decoded = base64.b64decode(self.body, validate=True) if self.is_base64 else None
        except ValueError as error:
            raise Problem(400, "The body is marked as base64 and is not.") from error
        body = self.body.encode(errors="surrogatepass") if decoded is None else decoded
        if len(body) > limit:
            raise Problem(
                413, f"The body has {len(body)} bytes; the limit is {limit}. Send fewer records."
            )
        return body


def read(event: object) -> Request:
    """Read an event. Raises ValueError for one that API Gateway does not send."""
    event = _to_mapping(event)
    if "requestContext" not in event:
        raise ValueError("the event has no requestContext; this function answers API Gateway")
    context = _to_mapping(event["requestContext"])
    http = _to_mapping(context.get("http"))
    method, path = (
        (http.get("method"), event.get("rawPath"))
        if event.get("version") == "2.0"
        else (event.get("httpMethod"), event.get("path"))
    )
    headers = _read_headers(event)
    own, gateways = headers.get("x-request-id", ""), str(context.get("requestId") or "")
    names = [name for name in (own, gateways) if _REQUEST_ID.fullmatch(name)]
    return Request(
        method=_escape_unprintable(str(method or "")).upper(),
        resource=_escape_unprintable(str(path or "")).rstrip("/").rpartition("/")[2],
        headers=headers,
        body=str(event.get("body") or ""),
        is_base64=event.get("isBase64Encoded") is True,
        request_id=names[0] if names else uuid.uuid4().hex,
        query=_read_query(event),
    )


def _read_query(event: Mapping[str, Any]) -> dict[str, str]:
    if event.get("version") == "2.0":
        return dict(parse_qsl(str(event.get("rawQueryString") or ""), keep_blank_values=True))
    given = _to_mapping(event.get("queryStringParameters"))
    return {str(name): str(value) for name, value in given.items()}


def _read_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Return headers by names in lower case; a REST API may send them only in a map of lists."""
    headers: dict[str, str] = {}
    for name, values in _to_mapping(event.get("multiValueHeaders")).items():
        if isinstance(values, list):
            headers[name.lower()] = ", ".join(str(each) for each in values if each is not None)
    for name, value in _to_mapping(event.get("headers")).items():
        if value is not None:
            headers[name.lower()] = str(value)
    return headers


def _to_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _escape_unprintable(text: str) -> str:
    """Escape what must stand in no line of a log: control characters, lone surrogates."""
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)
