"""HTTP responses as bytes: from the fast path, from Flask, or made here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gunicorn import util
from gunicorn.config import Config
from werkzeug.http import HTTP_STATUS_CODES

from tandem.serving.fast_path import FastPath
from tandem.serving.model_service import ServiceResponse, make_error_response
from tandem.serving.worker import wsgi
from tandem.serving.worker.request_buffer import HttpRequest
from tandem.serving.worker.wsgi import Address

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class RequestHandlers(NamedTuple):
    """The handlers of a worker's requests; `limit` is the largest body in bytes."""

    app: WSGIApplication
    fast_path: FastPath
    limit: int | None


class RawResponse(NamedTuple):
    """The bytes of a response, and whether the connection is closed after it."""

    data: bytes
    close: bool


@lru_cache(maxsize=2)
def _format_start(second: int, close: bool) -> str:
    connection = "close" if close else "keep-alive"
    date = util.http_date(second)
    return f"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: {date}\r\nConnection: {connection}\r\n"


def try_fast_path(
    fast_path: FastPath, request: HttpRequest, now: float, *, close: bool
) -> RawResponse | None:
    """Return the fast path's response, or None. `now` is the time of day in seconds."""
    if request.plain_head is None or request.too_large:
        return None
    response = fast_path.respond(request.plain_head, request.body)
    return (
        None
        if response is None
        else RawResponse(_format_response(response, _format_start(int(now), close)), close)
    )


def run_application(
    handlers: RequestHandlers,
    request: HttpRequest,
    addresses: tuple[Address, Address],
    config: Config,
    *,
    close: bool,
) -> RawResponse:
    """Return Flask's response. Raises gunicorn's ParseException.

    `addresses` are the client's and ours.
    """
    parsed = request.parsed or wsgi.read_head(request.raw_head, addresses[0], config)
    parsed.body, parsed.whole = request.body, not request.too_large
    return RawResponse(
        *wsgi.run_application(handlers.app, parsed, addresses, close=close or request.too_large)
    )


def make_timeout_response() -> RawResponse:
    """Return the response to a request that was not received in time."""
    sentence = "the request has not come whole in time. Send it again"
    return make_closing_response(make_error_response(408, "RequestTimeout", sentence))


def make_closing_response(response: ServiceResponse) -> RawResponse:
    """Return the bytes of a response after which the connection is closed."""
    line = f"HTTP/1.1 {response.status} {HTTP_STATUS_CODES[response.status]}"
    start = f"{line}\r\nServer: gunicorn\r\nConnection: close\r\n"
    return RawResponse(_format_response(response, start), close=True)


def _format_response(response: ServiceResponse, start: str) -> bytes:
    own = "".join([f"{name}: {value}\r\n" for name, value in response.headers.items()])
    body = response.body
    form = f"Content-Type: {response.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{start}{own}{form}".encode("latin-1") + body
