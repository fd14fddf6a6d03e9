"""Responses to requests that reach no application: invalid HTTP, and failures of the worker.

A request that the parser rejects gets the same JSON as any other error, and the connection is
closed, because the end of its body is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from gunicorn.http import errors
from gunicorn.http.errors import ParseException
from werkzeug.http import HTTP_STATUS_CODES

from tandem.serving.model_service import ServiceResponse, make_error_response

_LONGEST_NAME = 40
# Errors in what an application was about to send, not in what a client has sent.
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)  # type: ignore[attr-defined]


class MissingHost(ParseException):
    """An HTTP/1.1 request without a Host header (RFC 9112, section 3.2)."""


_SENTENCES: Mapping[type[Exception], tuple[int, str]] = {
    errors.InvalidRequestLine: (
        400,
        "invalid request line: first line. Send METHOD PATH HTTP/1.1, over plain HTTP.",
    ),
    errors.InvalidRequestMethod: (400, "invalid method: request line. Send POST or GET."),
    errors.InvalidHTTPVersion: (505, "unsupported HTTP version: request line. Send HTTP/1.1."),
    errors.LimitRequestLine: (414, "request line too long: first line. Send a shorter path."),
    errors.LimitRequestHeaders: (
        431,
        "request headers too large: request head. Send fewer or shorter headers.",
    ),
    errors.ExpectationFailed: (417, "unsupported Expect: request head. Send 100-continue."),
    errors.UnsupportedTransferCoding: (
        501,
        "unsupported Transfer-Encoding: request head. Send chunked alone, or a Content-Length.",
    ),
    errors.InvalidChunkSize: (
        400,
        "invalid chunked body: chunk sizes or line ends. Send it again.",
    ),
    MissingHost: (400, "missing Host header: request head. Send the address that you call."),
}
_HEADERS = {
    "CONTENT-LENGTH": "Send one number of bytes, and no Transfer-Encoding beside it.",
    "TRANSFER-ENCODING": "Send chunked alone, over HTTP/1.1, or a Content-Length.",
    "HOST": "Send it once.",
}


def make_response(error: BaseException) -> ServiceResponse:
    """Return the response to a request that cannot be parsed, or that failed outside Flask."""
    if not isinstance(error, ParseException) or isinstance(error, _OURS):
        return make_error_response(500, _make_code(500), "the server failed")
    status, sentence = _SENTENCES.get(type(error), (400, ""))
    return make_error_response(
        status, _make_code(status), sentence or _describe_header(getattr(error, "hdr", ""))
    )


def _describe_header(name: str) -> str:
    remedy = _HEADERS.get(name, "Send NAME: VALUE without line breaks or control characters.")
    where = f" {name[:_LONGEST_NAME].title()!r}" if name else ""
    return f"invalid header{where}: request head. {remedy}"


def _make_code(status: int) -> str:
    return HTTP_STATUS_CODES[status].replace(" ", "")
