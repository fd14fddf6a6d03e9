"""`/_health`: whether the service is ready, and which state could not be restored or saved."""

import json

from werkzeug.wrappers import Request, Response

from local_test.service.backend import Backend

PATH = "/_health"


def is_health_request(request: Request) -> bool:
    """Return True if a request asks for the health; no bucket can have such a name."""
    return request.path == PATH and request.method in {"GET", "HEAD"}


def report_health(backend: Backend) -> Response:
    """Return the health: 200 when ready, 503 while the state is being restored."""
    ready = backend.ready.is_set()
    content = {
        "status": "ready" if ready else "starting",
        "restoring": None if ready else backend.restoring,
        "not_restored": backend.journal.refused + backend.s3_objects.refused,
        "unsaved": backend.s3_objects.unsaved | backend.saver.unsaved,
    }
    return Response(json.dumps(content), 200 if ready else 503, content_type="application/json")
