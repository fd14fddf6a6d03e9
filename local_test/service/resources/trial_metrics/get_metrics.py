"""BatchGetMetrics: a statistic of a metric over its steps or over periods of time.

Source: API, BatchGetMetrics. A resource is a trial component, or the job that one is of. Times are
in seconds since 1970. Points of one step, or of one period, are one value; points without a step
have no place on the axis of steps.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import TRIAL_COMPONENT
from local_test.service.resources.generic_operations import Output
from local_test.service.storage.metric_store import MetricPoint
from local_test.service.storage.record_query import RecordQuery

_STEPS = "IterationNumber"
_PERIODS = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600}
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Min": min,
    "Max": max,
    "Avg": statistics.fmean,
    "Count": len,
    "StdDev": statistics.pstdev,
    "Last": lambda values: values[-1],
}


def get_metrics(backend: Backend, call: ApiCall) -> Output:
    """Answer each query by itself; what is wrong with one is the message of its result."""
    queries = call.request["MetricQueries"]
    return {"MetricQueryResults": [_answer(backend, call.region, query) for query in queries]}


def _answer(backend: Backend, region: str, query: Mapping[str, Any]) -> Output:
    owner = _find_owner(backend, region, query["ResourceArn"])
    if (query["XAxisType"] == _STEPS) != (query["Period"] == _STEPS):
        return _refuse(
            f"Period {query['Period']} does not fit the XAxisType {query['XAxisType']}: query of"
            f" {query['MetricName']}. Use {_STEPS} for both, or for neither."
        )
    if owner is None:
        return _refuse(f"Resource without metrics: {query['ResourceArn']}. Check the ARN.")
    groups = defaultdict[int, list[float]](list)
    for point in backend.metric_store.read(owner, query["MetricName"]):
        place = _find_place(point, query["Period"])
        if place is not None and _is_within(place, query):
            groups[place].append(point.value)
    compute = _STATISTICS[query["MetricStat"]]
    places = sorted(groups)
    values = [float(compute(groups[place])) for place in places]
    return {"Status": "Complete", "XAxisValues": places, "MetricValues": values}


def _find_owner(backend: Backend, region: str, arn: str) -> str | None:
    """Return the ARN of a trial component, by its own ARN or by that of its job."""
    key = backend.records.find_arn(region, arn.lower())
    if key is not None and key[0] == TRIAL_COMPONENT.kind:
        return arn.lower()
    query = RecordQuery(related=("SourceArn", arn.lower()), limit=1)
    found, _ = backend.records.find_page(TRIAL_COMPONENT, region, query)
    return str(found[0][TRIAL_COMPONENT.arn_field]) if found else None


def _find_place(point: MetricPoint, period: str) -> int | None:
    if period == _STEPS:
        return point.step
    return int(point.time // _PERIODS[period]) * _PERIODS[period]


def _is_within(place: int, query: Mapping[str, Any]) -> bool:
    return bool(query.get("Start", place) <= place <= query.get("End", place))


def _refuse(message: str) -> Output:
    return {"Status": "ValidationError", "Message": message, "XAxisValues": [], "MetricValues": []}
