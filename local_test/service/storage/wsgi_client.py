"""Send requests to a WSGI application of this process without a port, also boto3's."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from local_test.http_guard.refusals import WsgiApplication

_FRAMING = {"content-length", "transfer-encoding"}


@dataclass(frozen=True)
class WsgiResponse:
    """A complete response: status, headers and body."""

    status: int
    headers: Headers
    content: bytes


@dataclass(frozen=True)
class WsgiClient:
    """Sends requests to a WSGI application by calling it."""

    app: WsgiApplication

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WsgiResponse:
        """Send a request and return its response."""
        environ = _build_environ(method, url, headers, body)
        chunks, status, response_headers = run_wsgi_app(self.app, environ, buffered=True)
        return WsgiResponse(int(status.split(" ", 1)[0]), response_headers, b"".join(chunks))

    def attach(self, client: Any) -> None:
        """Send all requests of a boto3 client to the application."""
        client.meta.events.register("before-send", self._send_request)

    def _send_request(self, request: Any, **_: Any) -> Any:
        content = _read_bytes(request.body or b"")
        headers = {name: _decode(value) for name, value in request.headers.items()}
        answer = self.send(request.method, request.url, headers, content)
        raw = HTTPResponse(
            BytesIO(answer.content),
            HTTPHeaderDict(answer.headers.items()),
            answer.status,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return AWSResponse(request.url, answer.status, raw.headers, raw)


def _build_environ(
    method: str, url: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    parts = urlsplit(url)
    kept_headers = {name: value for name, value in headers.items() if name.lower() not in _FRAMING}
    environ = EnvironBuilder(
        method=method,
        base_url=f"{parts.scheme}://{parts.netloc}",
        path=parts.path or "/",
        query_string=parts.query,
        input_stream=BytesIO(body),
        content_length=len(body),
        headers=Headers(kept_headers),
    ).get_environ()
    # moto's own server keeps the spelling of S3 metadata with underscores this way.
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
        environ_key_for_header(name): name
        for name in kept_headers
        if should_preserve_original_header_name(name)
    }
    return environ


def _read_bytes(body: Any) -> bytes:
    """Return the body of a request: a file, bytes, or the text of a query."""
    if isinstance(body, str):
        return body.encode()
    return bytes(body.read() if hasattr(body, "read") else body)


def _decode(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
