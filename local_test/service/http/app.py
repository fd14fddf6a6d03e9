"""The door: what SageMaker does is done here, all other AWS requests go on to moto."""

import io
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service import console
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import Fault, refusal
from local_test.service.api.json_protocol import Call, Elsewhere
from local_test.service.backend import Backend
from local_test.service.http import missing_in_moto, readiness
from local_test.service.resources import registry
from local_test.service.storage.records import KIND
from local_test.service.storage.state import journal


class App:
    """The WSGI application of one service."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request; what the disk refuses is a 500 that names the folder."""
        request = Request(environ)
        try:
            return self._dispatch(request, environ, start_response)
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            return _failed(_unsaved(self._backend, error), request)(environ, start_response)

    def _dispatch(
        self, request: Request, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        name = json_protocol.operation(request)
        if (early := self._early(request)) is not None:
            return early(environ, start_response)
        if console.asked_for(request):
            return console.answer(self._backend, request)(environ, start_response)
        if (route := registry.find_route(request)) is not None:
            return route.answer(self._backend, request)(environ, start_response)
        if name is not None and name in registry.OPERATIONS:
            try:
                return self._sagemaker(name, request)(environ, start_response)
            except Elsewhere:
                environ["wsgi.input"] = io.BytesIO(request.get_data())
        return self._kept(request, environ, start_response)

    def _kept(
        self, request: Request, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Hand a request to moto, and remember what a restart would lose; fill moto's gaps."""
        body = b""
        if (request.content_type or "").startswith(json_protocol.JSON_TYPES):
            try:
                json_protocol.body(request)
            except Fault as fault:
                return json_protocol.refused(fault)(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(request.get_data())
        if journal.keeps(request):
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)
        if (found := missing_in_moto.answer(request, body)) is not None:
            return found(environ, start_response)
        if (refused := self._backend.objects.refuse(request)) is not None:
            return _failed(refused, request)(environ, start_response)
        held = _Held()
        answer = self._backend.moto.app(environ, held)
        if held.good:
            self._backend.journal.notice(request, body, environ["RAW_URI"])
            self._backend.objects.save(request)
        start_response(*held.head)
        return answer

    def _early(self, request: Request) -> Response | None:
        """Answer a look at the health, and before all is restored all but the service's own."""
        backend = self._backend
        if readiness.asked_for(request):
            return readiness.answer(backend)
        own = all(request.headers.get(name) == value for name, value in backend.internal.items())
        return None if own or backend.ready.is_set() else _starting(backend, request)

    def _sagemaker(self, name: str, request: Request) -> Response:
        try:
            asked = json_protocol.body(request)
            self._backend.api.check(name, asked)
            region, _ = json_protocol.signed_for(request)
            output = self._backend.api.operation(name).output_shape
            call = Call(name, asked, region, output)
            result = registry.OPERATIONS[name](self._backend, call)
            if not journal.ASKING.match(name):
                self._backend.saver.require(KIND)
            return json_protocol.answered(result)
        except Fault as fault:
            return json_protocol.refused(fault)
        except RecursionError:
            return json_protocol.refused(json_protocol.too_deep())
        except LocalError as error:
            return json_protocol.refused(refusal(error))


class _Held:
    """Takes the head of an answer, to be sent on when what was changed is saved."""

    head: tuple[Any, ...] = ()

    def __call__(self, *head: Any) -> Callable[[bytes], object]:
        self.head = head
        return bytes  # WSGI's older way to write a body; Flask does not use it

    @property
    def good(self) -> bool:
        return int(self.head[0][:3]) < 400


def _unsaved(backend: Backend, error: OSError) -> Fault:
    message = f"not saved below {backend.folder}: {error.strerror or error}. Make room and retry."
    return Fault("InternalFailure", message, 500)


def _starting(backend: Backend, request: Request) -> Response:
    message = f"starting, restoring {backend.restoring}: {readiness.PATH} tells when it is ready."
    answer = _failed(Fault("ServiceUnavailable", message, 503), request)
    answer.headers["Retry-After"] = "1"
    return answer


def _failed(fault: Fault, request: Request) -> Response:
    """Write a fault as the client of the request reads it: S3's in XML, others' in JSON."""
    if json_protocol.signed_for(request)[1] not in {"s3", ""} or "X-Amz-Target" in request.headers:
        return json_protocol.refused(fault)
    error = ET.Element("Error")
    ET.SubElement(error, "Code").text = fault.code
    ET.SubElement(error, "Message").text = fault.message
    return Response(ET.tostring(error), fault.status, content_type="application/xml")
