"""API Gateway's events: REST APIs (version 1.0) and HTTP APIs (version 2.0) as one request.

Source: Lambda Developer Guide, "Lambda proxy integration", "Working with AWS Lambda proxy
integrations for HTTP APIs".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .problems import Problem

# What may stand in a header, in a log and in SageMaker's InferenceId.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/=+@-]{1,64}")


@dataclass(frozen=True)
class Request:
    """What a client asks; `resource` is the last part of the path, header names are in lower case.

    `body` is as the gateway hands it on: base64 where `is_base64`.
    """

    method: str
    resource: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool
    request_id: str

    def payload(self, limit: int) -> bytes:
        """Give the decoded body. Raises Problem where it is larger than `limit` bytes."""
        try:
            whole = base64.b64decode(self.body, validate=True) if self.is_base64 else None
        except binascii.Error as error:
            raise Problem(400, "The body is marked as base64 and is not.") from error
        body = self.body.encode(errors="surrogatepass") if whole is None else whole
        if len(body) > limit:
            raise Problem(
                413, f"The body has {len(body)} bytes; the limit is {limit}. Send fewer records."
            )
        return body


def read(event: Mapping[str, Any]) -> Request:
    """Read an event. Raises ValueError for one that API Gateway does not send."""
    context = event.get("requestContext", {})
    if "requestId" not in context:
        raise ValueError("the event has no requestContext; this function answers API Gateway")
    http = context.get("http", {})
    method, path = (
        (http.get("method"), event.get("rawPath"))
        if event.get("version") == "2.0"
        else (event.get("httpMethod"), event.get("path"))
    )
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    own = headers.get("x-request-id", "")
    return Request(
        method=str(method).upper(),
        resource=str(path).rstrip("/").rpartition("/")[2],
        headers=headers,
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        request_id=own if _REQUEST_ID.fullmatch(own) else str(context["requestId"]),
    )
