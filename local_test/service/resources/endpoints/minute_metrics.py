"""Metrics that an endpoint has each minute, with or without requests.

Source: Developer Guide, 'Amazon SageMaker AI metrics in Amazon CloudWatch' (asynchronous endpoint
metrics) and 'Auto scaling policy overview': without traffic, invocations are zero.
"""

from local_test.service.backend import Backend
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.resource import ENDPOINT, INFERENCE_COMPONENT

_MINUTE = 60
_MOST_MINUTES = 60


def add_minute_metrics(backend: Backend, since: float | None, until: float) -> None:
    """Add the metrics of each minute that ended after a moment, at most an hour of them.

    Without `since`, of the last minute only. Moments are in seconds of the service's clock.
    """
    end = int(until // _MINUTE) * _MINUTE
    start = end - _MINUTE if since is None else int(since // _MINUTE) * _MINUTE
    minutes = range(max(start, end - _MOST_MINUTES * _MINUTE), end, _MINUTE)
    for region, component in backend.records.list_all(INFERENCE_COMPONENT):
        name = component[INFERENCE_COMPONENT.name_field]
        if backend.running_endpoints.find_component(region, name) is not None:
            for minute in minutes:
                backend.endpoint_metrics.add_idle_minute(region, None, name, minute)
    for region, record in backend.records.list_all(ENDPOINT):
        name = record[ENDPOINT.name_field]
        for variant in backend.running_endpoints.list_variants(region, name):
            for minute in minutes:
                if variant.is_asynchronous:
                    _add_backlog(backend, region, name, variant, minute)
                else:
                    backend.endpoint_metrics.add_idle_minute(region, name, variant.name, minute)


def _add_backlog(backend: Backend, region: str, name: str, variant: Variant, minute: int) -> None:
    backlog = backend.async_queues.measure_backlog((region, name))
    values = {
        "ApproximateBacklogSize": float(backlog.size),
        "ApproximateAgeOfOldestRequest": backlog.oldest_seconds,
        "HasBacklogWithoutCapacity": float(backlog.size > 0 and variant.count == 0),
    }
    if variant.count:
        values["ApproximateBacklogSizePerInstance"] = backlog.size / variant.count
    for metric, value in values.items():
        backend.endpoint_metrics.add_value((region, name, None), minute, metric, value)
