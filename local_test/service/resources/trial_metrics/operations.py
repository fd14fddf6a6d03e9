"""The routes of the metrics API."""

import re

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.rest_operations import RestApi
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations
from local_test.service.resources.registration import Registration, Route
from local_test.service.resources.trial_metrics.get_metrics import get_metrics
from local_test.service.resources.trial_metrics.put_metrics import put_metrics

_API = RestApi("sagemaker-metrics")
_OPERATIONS: Operations = {"BatchPutMetrics": put_metrics, "BatchGetMetrics": get_metrics}


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request of the metrics API. Raises ApiError when it is invalid."""
    call = _API.read_call(request)
    return json_protocol.make_response(_OPERATIONS[call.operation](backend, call))


REGISTRATION = Registration(
    operations={},
    routes=(
        Route(
            re.compile(r"/Batch(Put|Get)Metrics"),
            answer,
            methods=frozenset({"PUT", "POST"}),
            services=frozenset({"sagemaker"}),
            operations=frozenset(_OPERATIONS),
        ),
    ),
)
