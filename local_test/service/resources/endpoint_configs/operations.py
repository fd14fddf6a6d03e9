"""CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.endpoint_configs.explainer_config import check_explainer
from local_test.service.resources.endpoint_configs.resource import (
    ENDPOINT_CONFIG,
    PRODUCTION,
    SHADOWS,
    list_configured,
)
from local_test.service.resources.generic_operations import (
    Output,
    delete,
    describe,
    list_all,
)
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    output = request.get("AsyncInferenceConfig", {}).get("OutputConfig", {"S3OutputPath": "-"})
    if "S3OutputPath" not in output:
        raise invalid("AsyncInferenceConfig.OutputConfig needs an S3OutputPath.")
    _check_shadows(request)
    variants = [variant for _, variant in list_configured(request)]
    names = [variant["VariantName"] for variant in variants]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"The variant name {name} is given more than once.")
    for variant in variants:
        if "ModelName" in variant:
            backend.records.get(MODEL, call.region, variant["ModelName"])
        _check_serverless(variant)
    _check_hosts(request)
    check_explainer(request)
    name = request[ENDPOINT_CONFIG.name_field]
    backend.records.add(
        ENDPOINT_CONFIG,
        call.region,
        name,
        start_record(ENDPOINT_CONFIG, call.region, call.request, now()),
    )
    return {ENDPOINT_CONFIG.arn_field: ENDPOINT_CONFIG.make_arn(call.region, name)}


def _check_shadows(request: Record) -> None:
    """Raise ApiError when a shadow variant stands beside what it cannot be combined with.

    Source: API, CreateEndpointConfig, and Developer Guide, 'Shadow variants'.
    """
    shadows = request.get(SHADOWS)
    if not shadows:
        return
    if len(shadows) > 1 or len(request[PRODUCTION]) > 1:
        raise invalid(f"{SHADOWS}: give one shadow variant and one production variant.")
    if "AsyncInferenceConfig" in request:
        raise invalid(f"{SHADOWS} of an asynchronous endpoint: leave out one of both.")
    if any("ServerlessConfig" in variant for _, variant in list_configured(request)):
        raise invalid(f"{SHADOWS} beside a ServerlessConfig: give an InstanceType.")


def _check_serverless(variant: Record) -> None:
    """Raise ApiError when a ServerlessConfig is invalid, or stands beside instances.

    Source: API, ProductionVariantServerlessConfig: memory in steps of 1 GB.
    """
    config = variant.get("ServerlessConfig")
    if config is None:
        return
    name = variant["VariantName"]
    for field in ("InstanceType", "InitialInstanceCount"):
        if field in variant:
            raise invalid(f"Variant {name} has a ServerlessConfig and an {field}. Leave out one.")
    if config["MemorySizeInMB"] % 1024:
        raise invalid(f"MemorySizeInMB {config['MemorySizeInMB']}: give a multiple of 1024.")
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise invalid(f"ProvisionedConcurrency of variant {name} is larger than MaxConcurrency.")


def _check_hosts(request: Record) -> None:
    """Raise ApiError when a variant without a model cannot host inference components."""
    for field, variant in list_configured(request):
        name, scaling = variant["VariantName"], "ManagedInstanceScaling" in variant
        if "ModelName" in variant and scaling:
            raise invalid(
                f"ManagedInstanceScaling of variant {name}: it scales for inference components "
                "alone. Leave out ModelName, or use Application Auto Scaling."
            )
        if "ModelName" in variant:
            continue
        if field == SHADOWS or SHADOWS in request or "AsyncInferenceConfig" in request:
            raise invalid(f"Variant {name} needs a ModelName: asynchronous or beside a shadow.")
        if "InstanceType" not in variant:
            raise invalid(f"Variant {name} needs a ModelName, or an InstanceType for components.")


REGISTRATION = Registration(
    operations={
        "CreateEndpointConfig": _create,
        "DescribeEndpointConfig": describe(ENDPOINT_CONFIG),
        "ListEndpointConfigs": list_all(ENDPOINT_CONFIG),
        "DeleteEndpointConfig": delete(ENDPOINT_CONFIG),
    },
    types=(ENDPOINT_CONFIG,),
    events=(
        StateChangeEvents(
            ENDPOINT_CONFIG,
            "SageMaker Endpoint Config State Change",
            "DescribeEndpointConfig",
            removal=True,
        ),
    ),
)
