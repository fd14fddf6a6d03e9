"""What changes on an endpoint's page without its record: traffic, deployment."""

from collections.abc import Iterator
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import list_configured
from local_test.service.resources.endpoints.live.traffic import (
    MINUTES,
    PERCENTILES,
    measure_traffic,
)
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.storage.records import Record


def describe_traffic(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    """Return the values of the template `live`, for an endpoint's record."""
    return {
        "minutes": MINUTES,
        "percentiles": PERCENTILES,
        "traffic": list(_list_variants(backend, region, record)),
        "deployment": _describe_deployment(backend, region, record),
    }


def _list_variants(backend: Backend, region: str, record: Record) -> Iterator[dict[str, Any]]:
    name = record[ENDPOINT.name_field]
    running = [
        one
        for one in backend.running_endpoints.list_variants(region, name)
        if one.config.get("EndpointConfigName") == record["EndpointConfigName"]
    ]
    for _, described in list_configured(record):
        variant = described["VariantName"]
        traffic = measure_traffic(backend, region, name, variant)
        yield {
            "name": variant,
            "weight": described["CurrentWeight"],
            "instances": sum(one.count for one in running if one.name == variant),
            "desired": described["DesiredInstanceCount"],
            "asleep": any(one.is_asleep for one in running if one.name == variant),
            "traffic": traffic,
            "latencies": [
                "none" if value is None else f"{value:.1f} ms" for value in traffic.latencies
            ],
            "curves": {"requests a minute": traffic.requests}
            | ({"errors a minute": traffic.errors} if traffic.failed else {})
            | ({"p99 in ms": traffic.slowest} if traffic.slowest else {}),
        }


def _describe_deployment(backend: Backend, region: str, record: Record) -> dict[str, Any] | None:
    """Return what a deployment has come to, None if there is none."""
    pending = record.get("PendingDeploymentSummary")
    if not pending:
        return None
    shares = backend.running_endpoints.list_shares(region, record[ENDPOINT.name_field])
    return {
        "config": pending["EndpointConfigName"],
        "started": pending["StartTime"],
        "share": f"{100 * shares.get(pending['EndpointConfigName'], 0.0):.0f} %",
        "variants": [
            {
                "name": variant["VariantName"],
                "status": variant["VariantStatus"][0]["Status"],
                "since": variant["VariantStatus"][0]["StartTime"],
                "instances": variant["CurrentInstanceCount"],
                "desired": variant["DesiredInstanceCount"],
            }
            for _, variant in list_configured(pending)
        ],
    }
