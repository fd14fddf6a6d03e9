"""The WSGI application: SageMaker's operations are done here, other AWS requests go to moto."""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service import console
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, to_api_error
from local_test.service.api.called_operation import identify_operation
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.protocol_errors import make_protocol_error
from local_test.service.backend import Backend
from local_test.service.container_access.credentials_routes import answer_credentials_request
from local_test.service.error_boundary import run_guarded
from local_test.service.gateway.held_head import HeldHead
from local_test.service.http import (
    caller_identity,
    coverage,
    missing_in_moto,
    original_host,
    readiness,
)
from local_test.service.resources import field_support, registry
from local_test.service.resources.registration import Route
from local_test.service.storage.records import RECORD_KIND
from local_test.service.storage.state import journal

_EXPECTED = (ApiError, LocalError, ForwardToMoto, HTTPException, OSError, RecursionError)
_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class App:
    """The WSGI application of one service."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request; an error of the disk is a 500 that names the folder."""
        original_host.restore_host(environ)
        request = Request(environ)
        try:
            return self._dispatch(request, environ, start_response)
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            return _make_error_response(_make_disk_error(self._backend, error), environ)(
                environ, start_response
            )

    def _dispatch(
        self, request: Request, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        name = json_protocol.read_operation(request)
        if (early := self._answer_early(request, environ)) is not None:
            return early(environ, start_response)
        if original_host.is_for_s3(environ):
            return self._forward_to_moto(request, environ, start_response)
        if console.is_console_request(request):
            return console.answer_request(self._backend, request)(environ, start_response)
        if (route := registry.find_route(request)) is not None:
            try:
                return self._answer_route(route, request, environ)(environ, start_response)
            except ForwardToMoto:
                environ["wsgi.input"] = io.BytesIO(request.get_data())
        if name is not None and name in registry.OPERATIONS:
            try:
                return self._run_operation(name, request)(environ, start_response)
            except ForwardToMoto:
                environ["wsgi.input"] = io.BytesIO(request.get_data())
        return self._forward_to_moto(request, environ, start_response)

    def _check_s3(self, request: Request) -> ApiError | None:
        """Return the error for a request that S3 would reject; fill buckets that it reads."""
        backend = self._backend
        for buckets in (backend.sample_buckets, backend.settings_buckets, backend.s3_objects):
            if (rejection := buckets.check_request(request)) is not None:
                return rejection
        return None

    def _forward_to_moto(
        self, request: Request, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass a request to moto and save what it changed; do here what moto lacks."""
        if (refusal := coverage.refuse_unsupported(environ)) is not None:
            return refusal(environ, start_response)
        body = b""
        if (request.content_type or "").startswith(json_protocol.JSON_TYPES):
            try:
                json_protocol.read_body(request)
            except ApiError as error:
                return json_protocol.make_error_response(error)(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(request.get_data())
        if journal.should_keep(request):
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)
        if (response := missing_in_moto.answer_missing(request, body)) is not None:
            return response(environ, start_response)
        if (rejection := self._check_s3(request)) is not None:
            return _make_error_response(rejection, environ)(environ, start_response)
        region, service = json_protocol.read_credential_scope(request)
        if service == "iam" and not self._is_own(request):
            self._backend.role.prepare(region)
        head = HeldHead()
        body_chunks = self._backend.moto.app(environ, head)
        if service == "sts":
            body_chunks = self._name_caller(body_chunks, head, region)
        if head.is_success:
            self._backend.journal.record(request, body, environ["RAW_URI"])
            self._backend.s3_objects.save(request)
        start_response(*head.head)
        return body_chunks

    def _name_caller(
        self, body_chunks: Iterable[bytes], head: HeldHead, region: str
    ) -> list[bytes]:
        """Return STS's response with the name of the execution role, and correct its length."""
        content = caller_identity.name_caller(
            b"".join(body_chunks), lambda: self._backend.role.find(region)
        )
        head.set_length(len(content))
        return [content]

    def _answer_early(self, request: Request, environ: dict[str, Any]) -> Response | None:
        """Answer for health and credentials, and others with 503 before the state is restored."""
        backend = self._backend
        if readiness.is_health_request(request):
            return readiness.report_health(backend)
        if readiness.is_visit(request, environ):
            return readiness.answer_visit(backend, request)
        if (credentials := answer_credentials_request(backend.role_sessions, request)) is not None:
            return credentials
        if backend.ready.is_set() or self._is_own(request):
            return None
        return _make_starting_response(backend, environ)

    def _is_own(self, request: Request) -> bool:
        """Return whether the service itself sent a request."""
        headers = self._backend.internal_headers
        return all(request.headers.get(name) == value for name, value in headers.items())

    def _run_operation(self, name: str, request: Request) -> Response:
        try:
            content = json_protocol.read_body(request)
            self._backend.api.validate(name, content)
            field_support.check_fields(name, content)
            region, _ = json_protocol.read_credential_scope(request)
            output = self._backend.api.get_operation(name).output_shape
            call = ApiCall(name, content, region, output)
            operation = registry.OPERATIONS[name]
            result = _run_own_work(name, lambda: operation(self._backend, call))
            if not journal.READ_ONLY.match(name):
                self._backend.saver.require(RECORD_KIND)
            return json_protocol.make_response(result)
        except ApiError as error:
            return json_protocol.make_error_response(error)
        except RecursionError:
            return json_protocol.make_error_response(json_protocol.nesting_error())
        except LocalError as error:
            return json_protocol.make_error_response(to_api_error(error))

    def _answer_route(self, route: Route, request: Request, environ: dict[str, Any]) -> Response:
        what = f"{request.method} {request.path}"
        try:
            return _run_own_work(what, lambda: route.answer(self._backend, request))
        except ApiError as error:
            return _make_error_response(error, environ)


def _run_own_work(what: str, work: Callable[[], Result]) -> Result:
    """Do what a request asks for; a mistake of ours is logged, and answered as AWS answers its own.

    Raises ApiError with status 500 for the mistake, and expected errors as they are.
    """
    results, errors = list[Result](), list[Exception]()
    run_guarded(lambda: results.append(work()), errors.append)
    if results:
        return results[0]
    if isinstance(errors[0], _EXPECTED):
        raise errors[0]
    _log.error("%s ended unforeseen", what, exc_info=errors[0])
    message = f"{what} ended on {errors[0]!r}: a mistake of the local service."
    raise ApiError("InternalFailure", message, 500)


def _make_disk_error(backend: Backend, error: OSError) -> ApiError:
    message = f"not saved below {backend.folder}: {error.strerror or error}. Make room and retry."
    return ApiError("InternalFailure", message, 500)


def _make_starting_response(backend: Backend, environ: dict[str, Any]) -> Response:
    message = f"starting, restoring {backend.restoring}: {readiness.PATH} tells when it is ready."
    response = _make_error_response(ApiError("ServiceUnavailable", message, 503), environ)
    response.headers["Retry-After"] = "1"
    return response


def _make_error_response(error: ApiError, environ: dict[str, Any]) -> Response:
    """Return an error response in the protocol of the request."""
    return make_protocol_error(identify_operation(environ, b""), error)
