"""The door: what SageMaker does is done here, all other AWS requests go on to moto."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service import calls, console, gaps, interruption, runtime
from local_test.service.backend import Backend
from local_test.service.calls import Call, Elsewhere
from local_test.service.faults import Fault, refusal
from local_test.service.operations import OPERATIONS
from local_test.service.state import journal

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class App:
    """The WSGI application of one service."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._moto: Wsgi = DomainDispatcherApplication(create_backend_app)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        name = calls.operation(request)
        if console.asked_for(request):
            return console.answer(self._backend, request)(environ, start_response)
        if request.path == interruption.PATH and request.method == "POST":
            return interruption.interrupt(self._backend, request)(environ, start_response)
        if runtime.asked_for(request):
            return runtime.answer(self._backend, request)(environ, start_response)
        if name is not None and name in OPERATIONS:
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
        if (request.content_type or "").startswith(calls.JSON_TYPES):
            try:
                calls.body(request)
            except Fault as fault:
                return calls.refused(fault)(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(request.get_data())
        if journal.keeps(request):
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)
        if (found := gaps.answer(request, body)) is not None:
            return found(environ, start_response)
        answer = self._moto(environ, start_response)
        self._backend.journal.notice(request, body)
        self._backend.objects.notice(request)
        return answer

    def _sagemaker(self, name: str, request: Request) -> Response:
        try:
            asked = calls.body(request)
            self._backend.api.check(name, asked)
            region, _ = calls.signed_for(request)
            output = self._backend.api.operation(name).output_shape
            call = Call(name, asked, region, output)
            return calls.answered(OPERATIONS[name](self._backend, call))
        except Fault as fault:
            return calls.refused(fault)
        except RecursionError:
            return calls.refused(calls.too_deep())
        except LocalError as error:
            return calls.refused(refusal(error))
