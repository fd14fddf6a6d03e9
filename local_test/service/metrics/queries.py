"""MetricDataQueries: metrics and expressions over them, as GetMetricData and alarms have them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.metrics.expressions import check_expression, compute_expression
from local_test.service.metrics.series import MetricName, Periods, Series, check_statistic

ReadSeries = Callable[[MetricName, Periods, str, str | None], Series]
"""Returns a statistic of a metric for each period; the last argument is a unit."""

_DEFAULT_PERIOD = 60


def name_metric(metric: Mapping[str, Any]) -> MetricName:
    """Return the metric that a request names."""
    dimensions = frozenset((one["Name"], one["Value"]) for one in metric.get("Dimensions", ()))
    return MetricName(metric["Namespace"], metric["MetricName"], dimensions)


def read_period(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the longest period of queries in seconds."""
    periods = [
        query.get("MetricStat", {}).get("Period") or query.get("Period") for query in queries
    ]
    return max((int(period) for period in periods if period), default=_DEFAULT_PERIOD)


def check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """Raise ApiError when queries name an unknown statistic, or an expression cannot be read."""
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise ApiError("ValidationError", "an Id is given twice: Metrics. Give each once.")
    metrics = [query["Id"] for query in queries if "MetricStat" in query]
    for query in queries:
        if ("MetricStat" in query) == ("Expression" in query):
            raise ApiError(
                "ValidationError", f"query {query['Id']}: give a MetricStat or an Expression."
            )
        if "MetricStat" in query:
            check_statistic(query["MetricStat"]["Stat"])
        else:
            others = [one for one in ids if one != query["Id"]]
            check_expression(query["Expression"], others, metrics)


def check_alarm_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """Raise ApiError when queries are invalid, or have not one series of values for an alarm."""
    check_queries(queries)
    if sum(query.get("ReturnData", True) for query in queries) != 1:
        message = "ReturnData must be true for one of Metrics, and false for the others."
        raise ApiError("ValidationError", message)


def compute_queries(
    queries: Sequence[Mapping[str, Any]], find_periods: Callable[[int], Periods], read: ReadSeries
) -> Mapping[str, Series]:
    """Return the series of all queries by their ids.

    `find_periods` returns the periods of so many seconds. Raises ApiError when a query is invalid.
    """
    check_queries(queries)
    found: dict[str, Series] = {}
    metrics = [query for query in queries if "MetricStat" in query]
    for query in metrics:
        stat = query["MetricStat"]
        periods = find_periods(int(stat["Period"]))
        name = name_metric(stat["Metric"])
        found[query["Id"]] = read(name, periods, stat["Stat"], stat.get("Unit"))
    begins = find_periods(read_period(queries)).list_begins()
    names = [query["Id"] for query in metrics]
    waiting = [query for query in queries if "Expression" in query]
    while waiting:
        able = [query for query in waiting if _is_able(query, waiting)]
        if not able:
            ids = ", ".join(query["Id"] for query in waiting)
            raise ApiError("ValidationError", f"expressions name each other in a circle: {ids}.")
        for query in able:
            found[query["Id"]] = compute_expression(query["Expression"], found, begins, names)
            waiting.remove(query)
    return found


def _is_able(query: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if an expression names none that is not computed yet."""
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in query["Expression"]).split())
    return not words & {other["Id"] for other in waiting}
