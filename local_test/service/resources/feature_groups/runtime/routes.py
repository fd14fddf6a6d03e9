"""The route of the runtime API, and its error responses."""

import re
from functools import cache

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.api.called_operation import CalledOperation
from local_test.service.api.protocol_errors import make_protocol_error
from local_test.service.api.rest_operations import RestApi
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups.runtime.batch_operations import BATCH_OPERATIONS
from local_test.service.resources.feature_groups.runtime.record_operations import RECORD_OPERATIONS
from local_test.service.resources.generic_operations import Operations
from local_test.service.resources.registration import Route

_SERVICE = "sagemaker-featurestore-runtime"
_API = RestApi(_SERVICE)
_OPERATIONS: Operations = {**RECORD_OPERATIONS, **BATCH_OPERATIONS}


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to the runtime API, with an error of the called operation if invalid."""
    name = ""
    try:
        call = _API.read_call(request)
        name = call.operation
        return json_protocol.make_response(_OPERATIONS[name](backend, call))
    except ApiError as error:
        called = CalledOperation("sagemaker", _SERVICE, name, "rest-json")
        return make_protocol_error(called, _convert_error(name, error))


def _convert_error(name: str, error: ApiError) -> ApiError:
    """Return an error in the API's terms: an operation without ResourceNotFound has a 400."""
    if error.code == "ResourceNotFound" and error.code not in _list_codes(name):
        return ApiError("ValidationError", error.message)
    if error.code == "ValidationException":
        return ApiError("ValidationError", error.message)
    return error


@cache
def _list_codes(name: str) -> frozenset[str]:
    return frozenset(shape.name for shape in _API.model.get_operation(name).error_shapes)


RECORDS = Route(
    re.compile("/FeatureGroup/.+|/BatchGetRecord|/BatchWriteRecord"),
    answer,
    services=frozenset({"sagemaker"}),
    operations=frozenset(_OPERATIONS),
)
