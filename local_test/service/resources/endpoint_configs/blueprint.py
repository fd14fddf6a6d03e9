"""The blueprint of an endpoint: its configuration and models, as they were when it was deployed.

Clients delete both while an endpoint serves: it goes on serving, scales, replaces containers that
end, and is deployed again after a restart of the service.
Source: API, DeleteEndpointConfig and DeleteModel: they delete only the entry, not the endpoint.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import (
    ENDPOINT_CONFIG,
    list_configured,
)
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record

_FIELD = "Blueprint"
"""The field of an endpoint's record that has the blueprint of what serves."""


@dataclass(frozen=True)
class Blueprint:
    """The record of an endpoint configuration, and those of its variants' models by name."""

    config: Record
    models: Mapping[str, Record]

    def as_change(self) -> dict[str, Any]:
        """Return the blueprint as a change of an endpoint's record."""
        return {_FIELD: asdict(self)}


def read_blueprint(backend: Backend, region: str, config: str) -> Blueprint:
    """Return the blueprint of an endpoint configuration.

    Raises ApiError when the configuration or one of its models does not exist.
    """
    record = backend.records.get(ENDPOINT_CONFIG, region, config)
    named = {item["ModelName"] for _, item in list_configured(record) if "ModelName" in item}
    models = {name: backend.records.get(MODEL, region, name) for name in sorted(named)}
    return Blueprint(record, models)


def find_blueprint(endpoint: Record) -> Blueprint | None:
    """Return the blueprint of an endpoint's record, None if it was never in service."""
    kept = endpoint.get(_FIELD)
    return None if kept is None else Blueprint(kept["config"], kept["models"])
