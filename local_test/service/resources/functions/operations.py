"""The API of Lambda: Python functions in zip archives; other operations are refused."""

import re

from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, to_api_error
from local_test.service.api.rest_operations import RestApi
from local_test.service.backend import Backend
from local_test.service.resources.functions.function_operations import OPERATIONS, refuse_operation
from local_test.service.resources.functions.invocation import invoke
from local_test.service.resources.functions.resource import FUNCTION
from local_test.service.resources.journal_takeover import take_over
from local_test.service.resources.registration import Registration, Route
from local_test.service.storage.records import RECORD_KIND

_API = RestApi("lambda")


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to Lambda."""
    try:
        call = _API.read_call(request)
        if call.operation == "Invoke":
            return invoke(backend, call)
        result = OPERATIONS.get(call.operation, refuse_operation)(backend, call)
        backend.saver.require(RECORD_KIND)
        return json_protocol.make_response(result)
    except ApiError as error:
        return json_protocol.make_error_response(error)
    except LocalError as error:
        return json_protocol.make_error_response(to_api_error(error))


REGISTRATION = Registration(
    operations={},
    types=(FUNCTION,),
    routes=(Route(re.compile("/.+"), answer, services=frozenset({"lambda"})),),
    migrate=take_over("lambda", answer),
)
