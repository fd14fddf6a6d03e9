"""The API of Application Auto Scaling for variants of SageMaker endpoints."""

import re
from collections.abc import Callable
from functools import partial

from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling import policies, scheduled_actions, targets
from local_test.service.resources.autoscaling.activities import describe_activities
from local_test.service.resources.autoscaling.resource import (
    SCALABLE_TARGET,
    SCALING_ACTIVITY,
    SCALING_POLICY,
    SCHEDULED_ACTION,
)
from local_test.service.resources.generic_operations import Operation, Operations, Output
from local_test.service.resources.journal_takeover import take_over
from local_test.service.resources.json_service import answer_call
from local_test.service.resources.registration import Registration, Route
from local_test.service.storage.records import RECORD_KIND

_SERVICE = "application-autoscaling"
_API = ServiceModel(_SERVICE)


def _refuse(_backend: Backend, call: ApiCall) -> Output:
    raise invalid(
        f"{call.operation} is not supported by the local service: nothing is forecast. Leave the "
        "call out of local runs."
    )


def _change_tags(change: Callable[[dict[str, str], ApiCall], dict[str, str]]) -> Operation:
    """Return the operation that changes the tags of a target and returns those it had."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        arn = call.request["ResourceARN"]
        for region, target in backend.records.list_all(SCALABLE_TARGET, call.region):
            if target["ScalableTargetARN"] == arn:
                tags = change(target["TargetTags"], call)
                resource = target["ResourceId"]
                backend.records.update(SCALABLE_TARGET, region, resource, TargetTags=tags)
                return {"Tags": tags} if call.operation == "ListTagsForResource" else {}
        raise invalid(f"no scalable target: {arn}. Give the ScalableTargetARN of one.")

    return answer


OPERATIONS: Operations = {
    **targets.OPERATIONS,
    **policies.OPERATIONS,
    **scheduled_actions.OPERATIONS,
    "DescribeScalingActivities": describe_activities,
    "GetPredictiveScalingForecast": _refuse,
    "ListTagsForResource": _change_tags(lambda tags, _call: tags),
    "TagResource": _change_tags(lambda tags, call: tags | call.request["Tags"]),
    "UntagResource": _change_tags(
        lambda tags, call: {
            key: value for key, value in tags.items() if key not in call.request["TagKeys"]
        }
    ),
}


def answer(backend: Backend, request: Request) -> Response:
    """Answer a request to Application Auto Scaling."""
    response = answer_call(backend, request, _API, OPERATIONS)
    backend.saver.require(RECORD_KIND)
    return response


def _restart(backend: Backend) -> None:
    """Create the alarms of policies again, and deregister the targets of deleted endpoints."""
    for region, policy in backend.records.list_all(SCALING_POLICY):
        if policy["PolicyType"] == policies.TRACKING:
            policies.put_alarms(backend, region, policy)
    backend.records.subscribe(partial(targets.remove_with_endpoint, backend))


REGISTRATION = Registration(
    operations={},
    types=(SCALABLE_TARGET, SCALING_POLICY, SCHEDULED_ACTION, SCALING_ACTIVITY),
    routes=(
        Route(re.compile("/"), answer, methods=frozenset({"POST"}), services=frozenset({_SERVICE})),
    ),
    restart=_restart,
    migrate=take_over(_SERVICE, answer),
    agenda=scheduled_actions.list_firings,
)
