"""CloudWatch: alarms are evaluated each minute of the service's clock, metrics are read here.

moto keeps alarms and metrics, and answers the other requests.
"""

import re
from collections.abc import Iterator
from functools import partial

from werkzeug.wrappers import Request, Response

from local_test.service.api.json_protocol import ForwardToMoto, read_credential_scope
from local_test.service.api.modeled_api import ModeledApi
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.alarms.metric_operations import CHANGES, OPERATIONS
from local_test.service.resources.alarms.round import evaluate_alarms
from local_test.service.resources.autoscaling.activities import wait_for_scaling
from local_test.service.resources.endpoints.minute_metrics import add_minute_metrics
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.registration import Registration, Route
from local_test.service.schedules.timetable import Firing

_SERVICE = "monitoring"
_API = ModeledApi("cloudwatch")


def _answer(backend: Backend, request: Request) -> Response:
    """Answer a request to CloudWatch. Raises ForwardToMoto when it is moto's.

    The alarms of the region are evaluated soon, if they may have changed.
    """
    region, _ = read_credential_scope(request)
    backend.alarm_rounds.wake(region)
    name = _API.read_action(request)
    if name in OPERATIONS:
        result = OPERATIONS[name](backend, _API.read_call(name, request))
        if name in CHANGES:
            backend.journal.record(request, request.get_data(), request.path)
            backend.alarm_rounds.wake(region)  # an evaluation may have begun meanwhile
        return _API.make_response(name, request, result)
    raise ForwardToMoto


def _list_firings(backend: Backend) -> Iterator[Firing]:
    """Return the next evaluation of all alarms."""
    regions = {region for region, _ in backend.records.list_all(ENDPOINT)}
    due = backend.alarm_rounds.find_next(regions, now(), backend.endpoint_metrics.count)
    if due is not None:
        fire = partial(_fire, backend, regions)
        yield Firing("cloudwatch-alarms", due, fire, float("inf"), routine=True)


def _fire(backend: Backend, regions: set[str], _late: bool) -> bool:
    """Publish the metrics of the minutes that have ended, and evaluate all alarms."""
    rounds, moment, count = backend.alarm_rounds, now(), backend.endpoint_metrics.count
    rounds.start()
    wait_for_scaling(backend)
    add_minute_metrics(backend, rounds.last, moment)
    backend.endpoint_metrics.publish()
    changed = [evaluate_alarms(backend, region) for region in sorted(rounds.regions | regions)]
    rounds.end(moment, count, changed=any(changed))
    return False


REGISTRATION = Registration(
    operations={},
    routes=(Route(re.compile(".*"), _answer, services=frozenset({_SERVICE})),),
    agenda=_list_firings,
)
