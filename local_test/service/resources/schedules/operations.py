"""The API of EventBridge Scheduler, all of it."""

import re

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.api.rest_operations import RestApi
from local_test.service.backend import Backend
from local_test.service.resources.journal_takeover import take_over
from local_test.service.resources.registration import Registration, Route
from local_test.service.resources.schedules import group_operations, schedule_operations
from local_test.service.resources.schedules.clock_route import CLOCK
from local_test.service.resources.schedules.invocation import list_firings
from local_test.service.resources.schedules.resource import SCHEDULE, SCHEDULE_GROUP
from local_test.service.storage.records import RECORD_KIND

_API = RestApi("scheduler")
_OPERATIONS = {**schedule_operations.OPERATIONS, **group_operations.OPERATIONS}


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to the Scheduler."""
    try:
        call = _API.read_call(request)
        result = _OPERATIONS[call.operation](backend, call)
        backend.saver.require(RECORD_KIND)
        return json_protocol.make_response(result)
    except ApiError as error:
        return json_protocol.make_error_response(error)


REGISTRATION = Registration(
    operations={},
    types=(SCHEDULE, SCHEDULE_GROUP),
    routes=(Route(re.compile("/.+"), answer, services=frozenset({"scheduler"})), CLOCK),
    agenda=list_firings,
    migrate=take_over("scheduler", answer),
)
