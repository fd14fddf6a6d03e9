"""The operations of EventBridge that are done here; all others are moto's."""

import json
import re

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.events.pattern import matches, parse_pattern
from local_test.service.events.target_input import check_input
from local_test.service.events.targets import check_target
from local_test.service.resources.event_rules.put_events import put_events
from local_test.service.resources.event_rules.rule_schedules import (
    RULE_SCHEDULE,
    keep_schedule,
    list_firings,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.json_service import answer_call
from local_test.service.resources.registration import Registration, Route

_API = ServiceModel("events")


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to EventBridge. Raises ForwardToMoto when the operation is moto's."""
    try:
        return answer_call(backend, request, _API, OPERATIONS)
    except ClientError as error:
        found = error.response["Error"]
        return json_protocol.make_error_response(ApiError(found["Code"], found["Message"]))


def _put_rule(backend: Backend, call: ApiCall) -> Output:
    if call.request.get("EventPattern"):
        parse_pattern(call.request["EventPattern"])
    expression = call.request.get("ScheduleExpression")
    if expression:
        keep_schedule(backend, call.region, call.request["Name"], expression)
    raise ForwardToMoto


def _put_targets(_backend: Backend, call: ApiCall) -> Output:
    for target in call.request["Targets"]:
        check_target(target)
        check_input(target)
    raise ForwardToMoto


def _test_pattern(_backend: Backend, call: ApiCall) -> Output:
    try:
        event = json.loads(call.request["Event"])
    except ValueError as error:
        raise invalid(f"Parameter Event is not valid. Reason: not JSON: {error}.") from error
    if not isinstance(event, dict):
        raise invalid("Parameter Event is not valid. Reason: not a JSON object.")
    return {"Result": matches(parse_pattern(call.request["EventPattern"]), event)}


def _refuse(_backend: Backend, call: ApiCall) -> Output:
    raise invalid(f"{call.operation} is not done by the local service: no event is archived.")


OPERATIONS: Operations = {
    "PutEvents": put_events,
    "PutRule": _put_rule,
    "PutTargets": _put_targets,
    "TestEventPattern": _test_pattern,
    "CreateArchive": _refuse,
    "StartReplay": _refuse,
}

REGISTRATION = Registration(
    operations={},
    types=(RULE_SCHEDULE,),
    agenda=list_firings,
    routes=(
        Route(re.compile("/"), answer, methods=frozenset({"POST"}), services=frozenset({"events"})),
    ),
)
