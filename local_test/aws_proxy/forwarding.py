"""One request sent on to a server of plain HTTP, and its response sent back, both streamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import IO, cast

from werkzeug.exceptions import BadRequest
from werkzeug.serving import DechunkedInput

from local_test.http_guard import Refusal
from local_test.http_guard.body_framing import ChunkedBody, check_framing

_BLOCK = 1 << 16
# Between two neighbours on the way only. Source: RFC 9110, section 7.6.1.
_HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_BODILESS = {204, 304}


class ForwardError(Exception):
    """The server did not answer; the text says why."""


@dataclass(frozen=True)
class Target:
    """The server of a request: its address, the request target, and headers to set."""

    address: tuple[str, int]
    path: str
    headers: dict[str, str]


def check_body(handler: BaseHTTPRequestHandler) -> Refusal | None:
    """Return the refusal of a request whose end cannot be told, or None."""
    environ = {}
    if lengths := handler.headers.get_all("Content-Length"):
        environ["CONTENT_LENGTH"] = ", ".join(lengths)
    if codings := handler.headers.get_all("Transfer-Encoding"):
        environ["HTTP_TRANSFER_ENCODING"] = ", ".join(codings)
    if any("\r" in value or "\n" in value for value in handler.headers.values()):
        return Refusal(400, "InvalidRequest", "line break in a header: request head. Send it flat.")
    return check_framing(environ, None)


def forward(handler: BaseHTTPRequestHandler, target: Target) -> None:
    """Send a handler's request to the target, and the response to the handler's client.

    Raises ForwardError when there is no response; nothing was sent to the client then.
    """
    connection = HTTPConnection(*target.address)
    try:
        response = _send_request(connection, handler, target)
        _send_response(handler, response)
    finally:
        connection.close()


def _send_request(
    connection: HTTPConnection, handler: BaseHTTPRequestHandler, target: Target
) -> HTTPResponse:
    chunked = "Transfer-Encoding" in handler.headers
    changed = {name.lower() for name in target.headers} | _HOP_BY_HOP
    try:
        connection.putrequest(
            handler.command, target.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in handler.headers.items():
            if name.lower() not in changed:
                connection.putheader(name, value.encode("latin-1"))
        for name, value in target.headers.items():
            connection.putheader(name, value)
        connection.putheader("Connection", "close")
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(_read_blocks(handler, chunked=chunked), encode_chunked=chunked)
    except (BrokenPipeError, ConnectionResetError):
        handler.close_connection = True  # refused before its end: the response says why
    except (OSError, ValueError, HTTPException) as error:
        handler.close_connection = True
        raise ForwardError(str(error)) from error
    try:
        return connection.getresponse()
    except (OSError, HTTPException) as error:
        handler.close_connection = True
        raise ForwardError(str(error) or type(error).__name__) from error


def _read_blocks(handler: BaseHTTPRequestHandler, *, chunked: bool) -> Iterator[bytes]:
    if chunked:
        body = ChunkedBody(DechunkedInput(cast(IO[bytes], handler.rfile)), None)
        while block := _read_chunked(body):
            yield block
        return
    rest = int(handler.headers.get("Content-Length") or 0)
    while rest:
        block = handler.rfile.read(min(rest, _BLOCK))
        if not block:
            raise ConnectionAbortedError("the client ended the request early")
        rest -= len(block)
        yield block


def _read_chunked(body: ChunkedBody) -> bytes:
    try:
        return body.read(_BLOCK)
    except BadRequest as error:
        raise ConnectionAbortedError(error.description) from error


def _send_response(handler: BaseHTTPRequestHandler, response: HTTPResponse) -> None:
    bodiless = handler.command == "HEAD" or response.status in _BODILESS
    length = response.getheader("Content-Length")
    chunked = length is None and not bodiless and handler.request_version != "HTTP/1.0"
    handler.send_response_only(response.status, response.reason)
    for name, value in response.getheaders():
        if name.lower() not in _HOP_BY_HOP:
            handler.send_header(name, value)
    if chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif length is None and not bodiless:
        handler.close_connection = True
    if handler.close_connection:
        handler.send_header("Connection", "close")
    handler.end_headers()
    if not bodiless:
        _copy_body(handler, response, chunked=chunked)


def _copy_body(handler: BaseHTTPRequestHandler, response: HTTPResponse, *, chunked: bool) -> None:
    output = handler.wfile
    count = 0
    try:
        while block := response.read1(_BLOCK):
            count += len(block)
            output.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
    except HTTPException:
        handler.close_connection = True  # the client sees a response that is cut off
        return
    if chunked:
        output.write(b"0\r\n\r\n")
    elif str(count) != (response.getheader("Content-Length") or str(count)):
        handler.close_connection = True
