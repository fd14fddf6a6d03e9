"""The door: WSGI middleware that refuses other web pages, other hosts and malformed requests.

A port of this machine can be reached by every page in every browser on it. A page cannot forge
`Host`, `Origin` or `Sec-Fetch-*`, and cannot send headers of its own without asking first.

Source: Fetch Standard (Origin header, CORS preflight); W3C, Fetch Metadata Request Headers.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from local_test.http_guard import body_framing
from local_test.http_guard.allowed_hosts import Hosts
from local_test.http_guard.refusals import Environ, Refusal, Wsgi, forbid

Refuse = Callable[[Refusal], Response]
_REMEDY = "Allow it with --allow-host where you trust it."
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_ANOTHER_SITE = {"cross-site", "same-site"}  # another port of this machine is same-site
# What an answer may do in a browser: no scripts, no frames, no use by other origins.
_HEADERS = (
    ("Content-Security-Policy", "sandbox; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


def _let_in(_: Environ) -> Refusal | None:
    return None


def _any_size(_: Environ) -> int | None:
    return None


class Door:
    """An application behind its door.

    `refuse` writes a refusal in the form of the application's own errors, `rule` is what else a
    request must satisfy, `limit` gives the largest body of a request in bytes, None for any.
    """

    def __init__(
        self,
        app: Wsgi,
        hosts: Hosts,
        refuse: Refuse,
        rule: Callable[[Environ], Refusal | None] = _let_in,
        limit: Callable[[Environ], int | None] = _any_size,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._refuse = refuse
        self._rule = rule
        self._limit = limit

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Any:
        """Answer one request, or refuse it."""
        limit = self._limit(environ)
        refusal = self._check_caller(environ) or body_framing.find_flaw(environ, limit)
        if refusal is None:
            refusal = self._rule(environ)
        if refusal is None and environ["REQUEST_METHOD"] != "OPTIONS":
            return self._pass_on(environ, start_response, body_framing.bound(environ, limit))
        if refusal is None:
            answer = Response(status=204, headers={"Allow": _METHODS})
        else:
            answer = self._refused(refusal, environ)
        return answer(environ, _guarded(start_response))

    def describe(self, refusal: Refusal) -> Response:
        """Return the answer to a request that the server could not read."""
        answer = self._refuse(refusal)
        answer.headers.extend(_HEADERS)
        return answer

    def _check_caller(self, environ: Environ) -> Refusal | None:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if not host:
            message = "missing Host header: request headers. Send the address that you call."
            return Refusal(400, "InvalidRequest", message, unreadable=True)
        if not self._hosts.allow(host):
            return forbid(f"foreign host {host!r}: Host header. {_REMEDY}")
        if "websocket" in environ.get("HTTP_UPGRADE", "").lower():
            return forbid("unsupported upgrade to WebSocket: Upgrade header. Use plain HTTP.")
        if origin is not None and not self._hosts.allow_origin(origin):
            return forbid(f"foreign web page {origin!r}: Origin header. {_REMEDY}")
        site = environ.get("HTTP_SEC_FETCH_SITE", "")
        if origin is None and site in _ANOTHER_SITE and not _is_navigation(environ):
            return forbid(f"request of another web page ({site}): Sec-Fetch-Site header. {_REMEDY}")
        return None

    def _pass_on(
        self,
        environ: Environ,
        start_response: Callable[..., Any],
        body: body_framing.ChunkedBody | None,
    ) -> Any:
        started: list[Any] = []

        def hold(status: str, headers: Any, _: Any = None) -> None:
            started[:] = [status, headers]

        refusal, answer = None, None
        try:
            answer = self._app(environ, hold)
        except HTTPException as error:
            refusal = Refusal(error.code or 400, "InvalidRequest", error.description or "")
        if body is not None and body.refusal is not None:
            refusal = body.refusal
        if refusal is not None:
            if isinstance(answer, ClosingIterator):
                answer.close()
            return self._refused(refusal, environ)(environ, _guarded(start_response))
        _guarded(start_response)(*started)
        return answer

    def _refused(self, refusal: Refusal, environ: Environ) -> Response:
        if refusal.unreadable:
            body_framing.stop_reading(environ)
        return self._refuse(refusal)


def _is_navigation(environ: Environ) -> bool:
    """Return whether a link was followed: it reads, and the linking page sees nothing of it."""
    return (
        environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    )


def _guarded(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `start_response` that gives no other origin access and adds the headers of all."""

    def start(status: str, headers: Any, *more: Any) -> Any:
        kept = [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
        given = {name.lower() for name, _ in kept}
        kept += [pair for pair in _HEADERS if pair[0].lower() not in given]
        return start_response(status, kept, *more)

    return start
