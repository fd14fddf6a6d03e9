"""The resource type of endpoint configurations."""

from local_test.service.api.resource_type import ResourceType

ENDPOINT_CONFIG = ResourceType(
    "EndpointConfig", "endpoint-config", "EndpointConfigs", "endpoint configuration"
)
