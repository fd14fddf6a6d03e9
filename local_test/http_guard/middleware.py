"""WSGI middleware that rejects foreign web pages, foreign hosts and malformed requests.

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
from local_test.http_guard.allowed_hosts import AllowedHosts
from local_test.http_guard.refusals import Environ, Refusal, WsgiApplication, make_forbidden

FormatRefusal = Callable[[Refusal], Response]
_REMEDY = "Allow it with --allow-host where you trust it."
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_ANOTHER_SITE = {"cross-site", "same-site"}  # another port of this machine is same-site
# What an answer may do in a browser: no scripts, no frames, no use by other origins.
_HEADERS = (
    ("Content-Security-Policy", "sandbox; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


def _accept_all(_: Environ) -> Refusal | None:
    return None


def _allow_any_size(_: Environ) -> int | None:
    return None


class GuardMiddleware:
    """An application behind the guard.

    `refuse` formats a refusal like the application's own errors. `rule` returns a refusal for more
    reasons, or None. `limit` returns the largest body of a request in bytes, None for any.
    """

    def __init__(
        self,
        app: WsgiApplication,
        hosts: AllowedHosts,
        refuse: FormatRefusal,
        rule: Callable[[Environ], Refusal | None] = _accept_all,
        limit: Callable[[Environ], int | None] = _allow_any_size,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._refuse = refuse
        self._rule = rule
        self._limit = limit

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Any:
        """Pass one request to the application, or reject it."""
        limit = self._limit(environ)
        refusal = self._check_caller(environ) or body_framing.check_framing(environ, limit)
        if refusal is None:
            refusal = self._rule(environ)
        if refusal is None and environ["REQUEST_METHOD"] != "OPTIONS":
            return self._pass_on(
                environ, start_response, body_framing.limit_chunked_body(environ, limit)
            )
        if refusal is None:
            response = Response(status=204, headers={"Allow": _METHODS})
        else:
            response = self._refuse_request(refusal, environ)
        return response(environ, _guard_headers(start_response))

    def make_response(self, refusal: Refusal) -> Response:
        """Return the response to a request that the server could not parse."""
        response = self._refuse(refusal)
        response.headers.extend(_HEADERS)
        return response

    def _check_caller(self, environ: Environ) -> Refusal | None:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if not host:
            message = "missing Host header: request headers. Send the address that you call."
            return Refusal(400, "InvalidRequest", message)
        if not self._hosts.allows(host):
            return make_forbidden(f"foreign host {host!r}: Host header. {_REMEDY}")
        if "websocket" in environ.get("HTTP_UPGRADE", "").lower():
            return make_forbidden(
                "unsupported upgrade to WebSocket: Upgrade header. Use plain HTTP."
            )
        if origin is not None and not self._hosts.allows_origin(origin):
            return make_forbidden(f"foreign web page {origin!r}: Origin header. {_REMEDY}")
        site = environ.get("HTTP_SEC_FETCH_SITE", "")
        if origin is None and site in _ANOTHER_SITE and not _is_navigation(environ):
            return make_forbidden(
                f"request of another web page ({site}): Sec-Fetch-Site header. {_REMEDY}"
            )
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

        refusal, response = None, None
        try:
            response = self._app(environ, hold)
        except HTTPException as error:
            refusal = Refusal(error.code or 400, "InvalidRequest", error.description or "")
        if body is not None and body.refusal is not None:
            refusal = body.refusal
        if refusal is not None:
            if isinstance(response, ClosingIterator):
                response.close()
            return self._refuse_request(refusal, environ)(environ, _guard_headers(start_response))
        _guard_headers(start_response)(*started)
        return response

    def _refuse_request(self, refusal: Refusal, environ: Environ) -> Response:
        body_framing.mark_refused(environ)
        return self._refuse(refusal)


def _is_navigation(environ: Environ) -> bool:
    """Return whether a link was followed: the linking page cannot read the response."""
    return (
        environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    )


def _guard_headers(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `start_response` that drops CORS headers and adds the security headers."""

    def start(status: str, headers: Any, *more: Any) -> Any:
        allowed = [pair for pair in headers if not pair[0].lower().startswith("access-control-")]
        names = {name.lower() for name, _ in allowed}
        allowed += [pair for pair in _HEADERS if pair[0].lower() not in names]
        return start_response(status, allowed, *more)

    return start
