"""CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.generic_operations import (
    Output,
    delete,
    describe,
    list_all,
)
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration

_NOT_HERE = (
    "ExplainerConfig",
    "ShadowProductionVariants",
)


def _create(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    for field in _NOT_HERE:
        if request.get(field):
            raise invalid(f"{field} is not done here.")
    output = request.get("AsyncInferenceConfig", {}).get("OutputConfig", {"S3OutputPath": "-"})
    if "S3OutputPath" not in output:
        raise invalid("AsyncInferenceConfig.OutputConfig needs an S3OutputPath.")
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"The variant name {name} is given more than once.")
    for variant in request["ProductionVariants"]:
        if "ModelName" not in variant:
            raise invalid(f"Variant {variant['VariantName']} needs a ModelName.")
        backend.records.get(MODEL, call.region, variant["ModelName"])
    name = request[ENDPOINT_CONFIG.name_field]
    backend.records.add(
        ENDPOINT_CONFIG,
        call.region,
        name,
        start_record(ENDPOINT_CONFIG, call.region, call.request, now()),
    )
    return {ENDPOINT_CONFIG.arn_field: ENDPOINT_CONFIG.make_arn(call.region, name)}


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
