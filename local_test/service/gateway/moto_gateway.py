"""Pass requests on to moto; what moto cannot do is an error in the protocol of the request.

moto is a library for tests: an operation that it lacks and a request that it does not foresee end
in a page of HTML with status 404 or 500, which clients cannot parse and send again.
"""

import errno
import io
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from flask import Flask
from moto.backend_index import backend_url_patterns
from moto.backends import list_of_moto_modules
from moto.core.exceptions import ServiceException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import InternalServerError, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from local_test.http_guard.refusals import Environ
from local_test.service.api.api_errors import ApiError
from local_test.service.api.called_operation import (
    FORM_TYPE,
    CalledOperation,
    identify_operation,
)
from local_test.service.api.protocol_errors import (
    choose_code,
    make_protocol_error,
    make_unsupported_error,
)
from local_test.service.error_boundary import run_guarded
from local_test.service.gateway import managed_policies
from local_test.service.gateway.held_head import HeldHead
from local_test.service.gateway.instance_tracking import stop_tracking
from local_test.service.gateway.object_tags import omit_empty_tags

_HOSTS = 512
_DISK = {errno.ENOSPC, errno.EDQUOT}
_ADVICE = "Leave the call out of local runs, or send it to AWS."


class MotoGateway:
    """A WSGI application: moto, with errors that every client can parse."""

    def __init__(self) -> None:
        stop_tracking()
        omit_empty_tags()
        self._app = _Dispatcher(_create_backend_app)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request; one that moto cannot do is refused with status 400."""
        head, form = HeldHead(), _keep_form(environ)
        answers, errors = list[Iterable[bytes]](), list[Exception]()
        run_guarded(lambda: answers.append(self._app(environ, head)), errors.append)
        if errors:
            return _make_refusal(environ, form, errors[0])(environ, start_response)
        if head.is_success:
            start_response(*head.head)
            return answers[0]
        body = b"".join(answers[0])
        if head.status < 500 and _is_readable(body):
            start_response(*head.head)
            return [body]
        error = NotFound() if head.status < 500 else InternalServerError()
        return _make_refusal(environ, form, error)(environ, start_response)


class _Dispatcher(DomainDispatcherApplication):
    """moto's choice of a backend, which prints nothing about a service that moto lacks."""

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the backend that answers for a host, None if there is none."""
        return None if host is None else _find_backend(host)


@lru_cache(_HOSTS)
def _find_backend(host: str) -> str | None:
    """Return the backend of a host; moto would read its folder and try 150 patterns each time."""
    if host in list_of_moto_modules():
        return host
    address = f"http://{host}"
    return next((name for name, known in backend_url_patterns if known.match(address)), None)


def _create_backend_app(service: Any) -> Flask:
    if service is None:
        raise NotImplementedError
    app = create_backend_app(service)
    if service == "iam":
        managed_policies.load_before_requests(app)
    return app


def _keep_form(environ: Environ) -> bytes:
    """Return the body of a form, which names the operation, and leave it to be read again."""
    if not environ.get("CONTENT_TYPE", "").startswith(FORM_TYPE):
        return b""
    body = Request(environ).get_data()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _is_readable(body: bytes) -> bool:
    """Return True for JSON and XML, False for text and for pages of HTML."""
    start = body.lstrip()[:9].lower()
    return not start or (start[:1] in b"{<" and start not in {b"<!doctype", b"<html"})


def _make_refusal(environ: Environ, form: bytes, error: Exception) -> Response:
    call, called = identify_operation(environ, form), Request(environ)
    name = call.name or f"{called.method} {called.path}"
    return make_protocol_error(call, _convert_error(call, name, error))


def _convert_error(call: CalledOperation, name: str, error: Exception) -> ApiError:
    match error:
        case ConnectionError() | TimeoutError():
            raise error
        case OSError() if error.errno in _DISK:
            raise error
        case ServiceException():
            return ApiError(error.code, error.message)
        case NotFound() | MethodNotAllowed() | NotImplementedError() | ImportError():
            return make_unsupported_error(call, name, _ADVICE)
    return ApiError(
        choose_code(call, exists=True),
        f"{name} of {call.model} failed in moto, which answers for this service: "
        f"{type(error).__name__}: {error}. "
        "Check the parameters, or leave the call out of local runs.",
    )
