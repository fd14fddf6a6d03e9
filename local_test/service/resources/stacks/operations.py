"""The API of CloudFormation; operations that are not here are refused."""

import re

from werkzeug.wrappers import Request, Response

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.modeled_api import ModeledApi
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations
from local_test.service.resources.lifecycle import fail_record
from local_test.service.resources.registration import Registration, Route
from local_test.service.resources.stacks import (
    change_sets,
    stack_operations,
    template_operations,
)
from local_test.service.resources.stacks.change_sets import CHANGE_SET
from local_test.service.resources.stacks.resource import STACK, refuse
from local_test.service.storage.records import RECORD_KIND

_API = ModeledApi("cloudformation")
_INVALID = "ValidationException"
OPERATIONS: Operations = {
    **stack_operations.OPERATIONS,
    **template_operations.OPERATIONS,
    **change_sets.OPERATIONS,
}


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to CloudFormation. Raises ApiError when it is invalid or not supported."""
    name = _API.read_action(request)
    if name not in OPERATIONS:
        raise ApiError(
            "InvalidAction",
            f"{name or 'A request without an Action'} of cloudformation is not supported by the"
            " local service. Leave the call out of local runs, or send it to AWS.",
        )
    try:
        result = OPERATIONS[name](backend, _API.read_call(name, request))
    except LocalError as error:
        raise refuse(str(error)) from error
    except ApiError as error:
        raise refuse(error.message) if error.code == _INVALID else error from error
    backend.saver.require(RECORD_KIND)
    return _API.make_response(name, request, result)


def _restart(backend: Backend) -> None:
    """Mark the stacks whose deployment the end of the service has cut off."""
    for region, record in backend.records.list_all(STACK):
        status = record["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            reason = "the local service ended while the stack changed"
            fail_record(backend, STACK, region, STACK.key_of(record), reason)


REGISTRATION = Registration(
    operations={},
    types=(STACK, CHANGE_SET),
    routes=(
        Route(
            re.compile("/.*"),
            answer,
            services=frozenset({"cloudformation"}),
        ),
    ),
    restart=_restart,
)
