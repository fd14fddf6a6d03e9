"""BatchPutMetrics: points of a trial component's metrics, each accepted or refused by itself.

Source: API, BatchPutMetrics. The limits of the times are those that the SageMaker SDK checks: two
weeks back and two hours ahead.
"""

import math
from collections.abc import Mapping
from typing import Any

from botocore.utils import parse_timestamp  # type: ignore[import-untyped]

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import TRIAL_COMPONENT, find
from local_test.service.resources.generic_operations import Output
from local_test.service.storage.metric_store import MetricPoint

_EARLIEST_SECONDS, _LATEST_SECONDS = 14 * 86400, 2 * 3600


def put_metrics(backend: Backend, call: ApiCall) -> Output:
    """Keep the valid points and name the others. Raises ApiError without such a component."""
    name = call.request[TRIAL_COMPONENT.name_field]
    component = find(backend, TRIAL_COMPONENT, call.region, name)
    points, errors = list[MetricPoint](), list[Output]()
    for index, entry in enumerate(call.request["MetricData"]):
        point = _read_point(entry)
        if point is None:
            errors.append({"Code": "VALIDATION_ERROR", "MetricIndex": index})
        else:
            points.append(point)
    backend.metric_store.add(component[TRIAL_COMPONENT.arn_field], points)
    return {"Errors": errors} if errors else {}


def _read_point(entry: Mapping[str, Any]) -> MetricPoint | None:
    """Return the point of an entry, None if its value or its time is invalid."""
    time, value = parse_timestamp(entry["Timestamp"]).timestamp(), float(entry["Value"])
    if not math.isfinite(value) or not -_EARLIEST_SECONDS <= time - now() <= _LATEST_SECONDS:
        return None
    return MetricPoint(entry["MetricName"], value, time, entry.get("Step"))
