"""The variants in service that have a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.explainer_config import EXPLAINER
from local_test.service.resources.endpoint_configs.resource import (
    ENDPOINT_CONFIG,
    SHADOWS,
    list_configured,
)
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.storage.records import Record

_NAME = ENDPOINT.name_field


@dataclass(frozen=True)
class ServingVariant:
    """A variant of an endpoint that is InService; `explainer` is its ExplainerConfig or None."""

    endpoint: str
    variant: str
    explainer: Mapping[str, Any] | None

    @property
    def key(self) -> str:
        """The two names, as a form sends them."""
        return f"{self.endpoint}/{self.variant}"


def list_serving(backend: Backend, region: str, model: str) -> list[ServingVariant]:
    """Return the variants that serve a model, those with an explainer first.

    Variants of asynchronous endpoints and shadow variants take no requests of the page.
    """
    found = [
        ServingVariant(endpoint[_NAME], variant["VariantName"], config.get(EXPLAINER))
        for endpoint, config, field, variant in _list_variants(backend, region, model)
        if endpoint[ENDPOINT.status_field] == "InService"
        and field != SHADOWS
        and "AsyncInferenceConfig" not in config
    ]
    return sorted(found, key=lambda one: (one.explainer is None, one.key))


def list_endpoints(backend: Backend, region: str, model: str) -> list[tuple[str, str]]:
    """Return name and status of the endpoints with a variant that has a model, sorted."""
    found = {
        endpoint[_NAME]: str(endpoint[ENDPOINT.status_field])
        for endpoint, *_ in _list_variants(backend, region, model)
    }
    return sorted(found.items())


def _list_variants(
    backend: Backend, region: str, model: str
) -> Iterator[tuple[Record, Record, str, Record]]:
    """Yield endpoint, configuration, the variants' field and variant of each that has a model."""
    for _, endpoint in backend.records.list_all(ENDPOINT, region):
        try:
            config = backend.records.get(ENDPOINT_CONFIG, region, endpoint["EndpointConfigName"])
        except ApiError:  # it may be deleted while the endpoint serves
            continue
        for field, variant in list_configured(config):
            if variant.get("ModelName") == model:
                yield endpoint, config, field, variant
