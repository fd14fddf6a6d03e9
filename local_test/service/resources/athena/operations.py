"""What Athena provides to the service: queries here, workgroups and named queries by moto."""

import re

from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.api.called_operation import CalledOperation
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.protocol_errors import make_protocol_error, make_unsupported_error
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources.athena.metadata_operations import METADATA_OPERATIONS
from local_test.service.resources.athena.prepared_statements import (
    PREPARED_OPERATIONS,
    PREPARED_STATEMENT,
)
from local_test.service.resources.athena.query_operations import QUERY_OPERATIONS
from local_test.service.resources.athena.query_run import fail_interrupted
from local_test.service.resources.athena.resource import QUERY_EXECUTION, refuse
from local_test.service.resources.registration import Registration, Route
from local_test.service.storage.records import RECORD_KIND

_SERVICE = "athena"
_API = ServiceModel(_SERVICE)
_OPERATIONS = {**QUERY_OPERATIONS, **PREPARED_OPERATIONS, **METADATA_OPERATIONS}
_UNSUPPORTED = re.compile("Query(Execution|Results|RuntimeStatistics)|Session|Calculation")
_ADVICE = "Run a query of SQL with StartQueryExecution."


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to Athena. Raises ForwardToMoto when it is moto's."""
    name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if name in _OPERATIONS:
        return _run(backend, request, name)
    if not _UNSUPPORTED.search(name):
        raise ForwardToMoto
    call = CalledOperation(_SERVICE, _SERVICE, name, "json")
    return make_protocol_error(call, make_unsupported_error(call, call.name, _ADVICE))


def _run(backend: Backend, request: Request, name: str) -> Response:
    try:
        content = json_protocol.read_body(request)
        _API.validate(name, content)
        region, _ = json_protocol.read_credential_scope(request)
        call = ApiCall(name, content, region, _API.get_operation(name).output_shape)
        result = _OPERATIONS[name](backend, call)
        backend.saver.require(RECORD_KIND)
        return json_protocol.make_response(result)
    except ApiError as error:
        expected = error.code == "ValidationException"
        return json_protocol.make_error_response(refuse(error.message) if expected else error)
    except LocalError as error:
        return json_protocol.make_error_response(refuse(str(error)))


REGISTRATION = Registration(
    operations={},
    types=(QUERY_EXECUTION, PREPARED_STATEMENT),
    restart=fail_interrupted,
    routes=(
        Route(re.compile("/"), answer, methods=frozenset({"POST"}), services=frozenset({_SERVICE})),
    ),
)
