"""The resource type of endpoint configurations."""

from collections.abc import Sequence

from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.records import Record

ENDPOINT_CONFIG = ResourceType(
    "EndpointConfig", "endpoint-config", "EndpointConfigs", "endpoint configuration"
)

PRODUCTION, SHADOWS = "ProductionVariants", "ShadowProductionVariants"
VARIANT_FIELDS = (PRODUCTION, SHADOWS)
"""The fields of configurations and of endpoints that list variants."""


def list_configured(record: Record) -> Sequence[tuple[str, Record]]:
    """Return the variants of a configuration or endpoint, each with the field that lists it."""
    return [(field, item) for field in VARIANT_FIELDS for item in record.get(field) or ()]
