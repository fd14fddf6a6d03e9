"""Which service this is, whether it is ready, and what could not be restored: `/_health`, `/`."""

import json
import os
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.release import read_version
from local_test.service.backend import Backend
from local_test.service.http.original_host import is_for_s3

PATH = "/_health"
_VISITED = {"/", "/ping"}
_CONSOLE = "/console"


def is_health_request(request: Request) -> bool:
    """Return True if a request asks for the health; no bucket can have such a name."""
    return request.path == PATH and request.method in {"GET", "HEAD"}


def is_visit(request: Request, environ: dict[str, Any]) -> bool:
    """Return True if a request is nobody's call of AWS, but a person's or a probe's look."""
    if "Authorization" in request.headers or request.args or is_for_s3(environ):
        return False
    return request.path in _VISITED and request.method in {"GET", "HEAD"}


def answer_visit(backend: Backend, request: Request) -> Response:
    """Redirect a browser to the console; return the health to anything else."""
    if request.path == "/" and "text/html" in request.headers.get("Accept", ""):
        return Response("", 302, {"Location": _CONSOLE})
    return report_health(backend)


def report_health(backend: Backend) -> Response:
    """Return the health: 200 when ready, 503 while the state is being restored."""
    ready = backend.ready.is_set()
    content = {
        "status": "ready" if ready else "starting",
        "version": read_version(),
        "engine": backend.engine,
        "state": str(backend.folder.absolute()),
        "pid": os.getpid(),
        "restoring": None if ready else backend.restoring,
        "not_restored": backend.journal.refused + backend.s3_objects.refused,
        "unsaved": backend.s3_objects.unsaved | backend.saver.unsaved,
    }
    return Response(json.dumps(content), 200 if ready else 503, content_type="application/json")
