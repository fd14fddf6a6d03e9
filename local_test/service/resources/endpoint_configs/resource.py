"""The resource type of endpoint configurations."""

from local_test.service.api.resource_type import Resource

ENDPOINT_CONFIG = Resource(
    "EndpointConfig", "endpoint-config", "EndpointConfigs", "endpoint configuration"
)
