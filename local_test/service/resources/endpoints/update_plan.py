"""What UpdateEndpoint asks for: a policy, and what of the running variants is kept.

Source: API, UpdateEndpoint: RetainAllVariantProperties and ExcludeRetainedVariantProperties.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import (
    ENDPOINT_CONFIG,
    list_configured,
)
from local_test.service.resources.endpoints.instance_count import VariantState, read_states
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.endpoints.rollout import EndpointRollout
from local_test.service.storage.records import Record


def find_deployment_config(backend: Backend, call: ApiCall) -> Mapping[str, Any] | None:
    """Return the DeploymentConfig of UpdateEndpoint, or the last one if it is retained."""
    request = call.request
    config: Mapping[str, Any] | None = request.get("DeploymentConfig")
    if config is None and request.get("RetainDeploymentConfig"):
        name = request[ENDPOINT.name_field]
        config = backend.records.get(ENDPOINT, call.region, name).get("LastDeploymentConfig")
    return config


def plan_update(backend: Backend, call: ApiCall, record: Record) -> EndpointRollout:
    """Return the rollout that UpdateEndpoint asks for; `record` is the endpoint's."""
    request = call.request
    name, config = request[ENDPOINT.name_field], request[ENDPOINT_CONFIG.name_field]
    deployment_config = find_deployment_config(backend, call)
    rollout = EndpointRollout(
        backend, call.region, name, config, deployment_config=deployment_config
    )
    if not request.get("RetainAllVariantProperties"):
        return rollout
    listed = request.get("ExcludeRetainedVariantProperties", ())
    excluded = {item["VariantPropertyType"] for item in listed}
    return replace(
        rollout,
        states=_keep_states(backend, call.region, config, record, excluded),
        config_changes={}
        if "DataCaptureConfig" in excluded
        else _keep_capture(backend, call.region, name),
    )


def _keep_states(
    backend: Backend, region: str, config: str, record: Record, excluded: set[str]
) -> Mapping[str, VariantState]:
    """Return the states of the variants that an endpoint has and a configuration has too."""
    initial = {
        item["VariantName"]: item
        for _, item in list_configured(backend.records.get(ENDPOINT_CONFIG, region, config))
    }
    states = {}
    for variant, state in read_states(record).items():
        if variant in initial:
            new = initial[variant]
            weight, count = state.weight, state.count
            if "DesiredWeight" in excluded:
                weight = new.get("InitialVariantWeight", 1.0)
            if "DesiredInstanceCount" in excluded:
                count = new.get("InitialInstanceCount", 1)
            states[variant] = VariantState(weight, count)
    return states


def _keep_capture(backend: Backend, region: str, name: str) -> Mapping[str, Any]:
    """Return the data capture of the running variants as a change of a configuration."""
    for variant in backend.running_endpoints.list_variants(region, name):
        return {"DataCaptureConfig": variant.config.get("DataCaptureConfig")}
    return {}
