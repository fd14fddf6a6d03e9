"""Queries of Athena are refused; moto would report them as SUCCEEDED, with no rows.

Named queries, workgroups and catalogs are plain records, and stay with moto.
"""

import re

from werkzeug.wrappers import Request, Response

from local_test.service.api.called_operation import CalledOperation
from local_test.service.api.json_protocol import ForwardToMoto
from local_test.service.api.protocol_errors import make_protocol_error, make_unsupported_error
from local_test.service.backend import Backend
from local_test.service.resources.registration import Registration, Route

_SERVICE = "athena"
_RUNS = re.compile("Query(Execution|Results|RuntimeStatistics)|Session|Calculation")
_ADVICE = "Read the files in S3, for example with pandas or DuckDB."


def _answer(_backend: Backend, request: Request) -> Response:
    name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not _RUNS.search(name):
        raise ForwardToMoto
    call = CalledOperation(_SERVICE, _SERVICE, name, "json")
    return make_protocol_error(call, make_unsupported_error(call, call.name, _ADVICE))


REGISTRATION = Registration(
    operations={},
    routes=(
        Route(
            re.compile("/"), _answer, methods=frozenset({"POST"}), services=frozenset({_SERVICE})
        ),
    ),
)
