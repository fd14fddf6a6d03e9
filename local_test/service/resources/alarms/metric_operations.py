"""GetMetricData, GetMetricStatistics, PutCompositeAlarm, and the checks of PutMetricAlarm."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.backend import Backend
from local_test.service.gateway.composite_alarms import add_composite_alarm
from local_test.service.gateway.stored_metrics import list_samples
from local_test.service.metrics.queries import (
    check_alarm_queries,
    compute_queries,
    name_metric,
)
from local_test.service.metrics.series import STATISTICS, Periods, check_statistic
from local_test.service.resources.alarms.composite_rule import CompositeRule
from local_test.service.resources.alarms.evaluation import COMPARISONS
from local_test.service.resources.metric_values import make_reader

_OLDEST_FIRST = "TimestampAscending"
Operation = Callable[[Backend, ApiCall], dict[str, Any]]


def _get_metric_data(backend: Backend, call: ApiCall) -> dict[str, Any]:
    request = call.request
    queries = request["MetricDataQueries"]
    start, end = _read_times(request)
    read = make_reader(backend, call.region)
    found = compute_queries(queries, lambda seconds: _align(start, end, seconds), read)
    results = []
    for query in queries:
        if query.get("ReturnData", True):
            begins = list(found[query["Id"]])
            if request.get("ScanBy") != _OLDEST_FIRST:
                begins.reverse()
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query.get("Label") or _name_query(query),
                    "Timestamps": [_to_time(begin) for begin in begins],
                    "Values": [found[query["Id"]][begin] for begin in begins],
                    "StatusCode": "Complete",
                }
            )
    return {"MetricDataResults": results, "Messages": []}


def _get_metric_statistics(backend: Backend, call: ApiCall) -> dict[str, Any]:
    request = call.request
    plain, extended = request.get("Statistics", ()), request.get("ExtendedStatistics", ())
    if not plain and not extended:
        message = "Must specify either Statistics or ExtendedStatistics"
        raise ApiError("InvalidParameterCombination", message)
    for statistic in (*plain, *extended):
        check_statistic(statistic)
    start, end = _read_times(request)
    periods, metric = _align(start, end, request["Period"]), name_metric(request)
    read = make_reader(backend, call.region)
    unit = request.get("Unit")
    units = {
        periods.find_begin(sample.time): sample.unit or "None"
        for sample in list_samples(ACCOUNT, call.region, metric, periods, unit)
    }
    points: dict[int, dict[str, Any]] = {}
    for statistic in (*plain, *extended):
        for begin, value in read(metric, periods, statistic, unit).items():
            point = points.setdefault(begin, {"Timestamp": _to_time(begin)})
            where = point if statistic in STATISTICS else point.setdefault("ExtendedStatistics", {})
            where[statistic] = value
    listed = [point | {"Unit": units.get(begin, "None")} for begin, point in sorted(points.items())]
    return {"Label": request["MetricName"], "Datapoints": listed}


def _check_metric_alarm(_backend: Backend, call: ApiCall) -> dict[str, Any]:
    request = call.request
    if "ThresholdMetricId" in request or request["ComparisonOperator"] not in COMPARISONS:
        raise ApiError(
            "ValidationError",
            f"alarm {request['AlarmName']} detects anomalies, which is not supported by the local "
            "service. Give a Threshold.",
        )
    queries = request.get("Metrics", ())
    if bool(queries) == ("MetricName" in request):
        raise ApiError("ValidationError", "Give either Metrics or a MetricName.")
    if queries:
        check_alarm_queries(queries)
        raise ForwardToMoto
    if ("Statistic" in request) == ("ExtendedStatistic" in request):
        raise ApiError("ValidationError", "Give either a Statistic or an ExtendedStatistic.")
    check_statistic(request.get("Statistic") or request["ExtendedStatistic"])
    raise ForwardToMoto


def _put_composite_alarm(backend: Backend, call: ApiCall) -> dict[str, Any]:
    request = call.request
    if "ActionsSuppressor" in request:
        raise ApiError(
            "ValidationError",
            "ActionsSuppressor is not supported by the local service. Leave it out.",
        )
    named = CompositeRule(request["AlarmRule"]).alarms
    found = backend.moto_client("cloudwatch", call.region).describe_alarms(AlarmNames=named)
    alarms = [*found["MetricAlarms"], *found.get("CompositeAlarms", ())]
    missing = set(named) - {alarm["AlarmName"] for alarm in alarms}
    if missing:
        raise ApiError(
            "ValidationError",
            f"AlarmRule of {request['AlarmName']} names alarms that do not exist: "
            f"{', '.join(sorted(missing))}. Create them before.",
        )
    add_composite_alarm(ACCOUNT, call.region, request)
    return {}


def _read_times(request: Mapping[str, Any]) -> tuple[float, float]:
    start, end = (request[name].timestamp() for name in ("StartTime", "EndTime"))
    if start >= end:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise ApiError("ValidationError", message)
    return start, end


def _align(start: float, end: float, seconds: int) -> Periods:
    """Return whole periods that begin at multiples of their length, as CloudWatch's do."""
    return Periods(int(start // seconds) * seconds, -int(-end // seconds) * seconds, seconds)


def _name_query(query: Mapping[str, Any]) -> str:
    return str(
        query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    )


def _to_time(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


OPERATIONS: Mapping[str, Operation] = {
    "GetMetricData": _get_metric_data,
    "GetMetricStatistics": _get_metric_statistics,
    "PutMetricAlarm": _check_metric_alarm,
    "PutCompositeAlarm": _put_composite_alarm,
}
"""Operations of CloudWatch that are answered here; checks leave the rest to moto."""

CHANGES = frozenset({"PutCompositeAlarm"})
"""Those that change what moto keeps: they are done again after a restart."""
