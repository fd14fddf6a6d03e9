"""The hot lane: small bodies of `POST /invocations`, answered before Flask looks at the request.

Flask takes as long over one row's request as a model over the row. Whatever is out of the ordinary
goes on to Flask, and so does what fails: its body is put back, and Flask says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

from tandem.serving.choosing import from_attributes
from tandem.serving.heart import Answer, Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Above, Flask's share of the time is small, and what fails had better not be tried twice.
MOST_BYTES = 1 << 16
_ATTRIBUTES = "HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES"


class Lane:
    """A WSGI application in front of another; both answer for `service`, and alike."""

    def __init__(self, app: WSGIApplication, service: Service) -> None:
        self._app = app
        self._service = service

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or hand it on."""
        answer = self._answer(environ) if _is_plain(environ) else None
        if answer is None:
            return self._app(environ, start_response)
        length = ("Content-Length", str(len(answer.body)))
        headers = [*answer.headers.items(), ("Content-Type", answer.content_type), length]
        start_response("200 OK", headers)
        return (answer.body,)

    def _answer(self, environ: WSGIEnvironment) -> Answer | None:
        with suppress(OSError, ValueError):  # the client may have gone: Flask meets the same
            length = int(environ["CONTENT_LENGTH"])
            if not 0 < length <= MOST_BYTES:
                return None
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = BytesIO(body)
            with suppress(Exception):  # Flask asks once more, logs and answers it
                return self._invoke(environ, body) if len(body) == length else None
        return None

    def _invoke(self, environ: WSGIEnvironment, body: bytes) -> Answer:
        outputs = from_attributes(environ.get(_ATTRIBUTES))
        asked = environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT")
        return self._service.invoke(*asked, body, outputs)


def _is_plain(environ: WSGIEnvironment) -> bool:
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"] == "/invocations"
        and not environ.get("QUERY_STRING")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and environ.get("CONTENT_LENGTH", "").isdecimal()
    )
