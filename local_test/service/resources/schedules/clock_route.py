"""The service's clock for `local-sagemaker clock`: read it, and move it forward."""

import re

from werkzeug.wrappers import Request, Response

from local_test.errors import UserError
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, invalid, to_api_error
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.events.event import format_time
from local_test.service.resources.registration import Route

_LONGEST_SECONDS = 10 * 366 * 86400


def answer_clock(backend: Backend, request: Request) -> Response:
    """Answer with the service's time; a POST moves it forward by `seconds` before."""
    try:
        firings = _advance(backend, request) if request.method == "POST" else 0
    except ApiError as error:
        return json_protocol.make_error_response(error)
    except UserError as error:
        return json_protocol.make_error_response(to_api_error(error))
    return json_protocol.make_response(
        {"time": format_time(now()), "offset": round(SERVICE_CLOCK.offset, 3), "firings": firings}
    )


def _advance(backend: Backend, request: Request) -> int:
    text = request.args.get("seconds", "")
    if not text.isdecimal() or not 0 < int(text) <= _LONGEST_SECONDS:
        raise invalid(f"invalid time: {text!r}. Advance by one second to ten years.")
    return backend.timetable.advance(int(text))


CLOCK = Route(
    re.compile("/local-sagemaker/clock"), answer_clock, methods=frozenset({"GET", "POST"})
)
