"""The work of an endpoint: deploy, update, delete. A failed update leaves it as it was."""

import threading
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.running_endpoints import Variant
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.async_invocation import (
    AsyncInvocation,
    list_invocations,
)
from local_test.service.resources.endpoints.data_capture import summarize_config
from local_test.service.resources.endpoints.deployment import Deployment
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION, ENDPOINT
from local_test.service.resources.models.container_definitions import resolve_packages
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record

_CONCURRENT = 4
"""Requests at a time for an asynchronous endpoint that does not say; the service chooses, too."""


@dataclass(frozen=True)
class EndpointRollout:
    """The rollout of one endpoint to an endpoint configuration."""

    backend: Backend
    region: str
    name: str
    config: str = ""

    def deploy(self, stop: threading.Event) -> None:
        """Start the configuration's variants and route requests to them.

        Errors go into the endpoint's record.
        """
        record = self.backend.records.get(ENDPOINT, self.region, self.name)
        try:
            started = Deployment(self.backend, self.region, self.name, stop).start(self.config)
        except (LocalError, ApiError, OSError) as error:
            self.backend.logs.flush()
            serves = record[ENDPOINT.status_field] == "Updating"
            self._finish("InService" if serves else "Failed", FailureReason=str(error))
            return
        self.backend.logs.flush()
        self.backend.running_endpoints.replace(self.region, self.name, started)
        self._open_queue(started[0])
        self._finish(
            "InService",
            EndpointConfigName=self.config,
            ProductionVariants=self._describe_variants(),
            AsyncInferenceConfig=started[0].config.get("AsyncInferenceConfig"),
            DataCaptureConfig=summarize_config(started[0].config.get("DataCaptureConfig")),
            FailureReason=None,
        )

    def delete(self, _stop: threading.Event) -> None:
        """Stop the containers, and remove the endpoint with its asynchronous requests."""
        self.backend.running_endpoints.replace(self.region, self.name, ())
        self.backend.async_queues.drop((self.region, self.name))
        self.backend.logs.flush()
        for record in list_invocations(self.backend, self.region, self.name):
            self.backend.records.remove(
                ASYNC_INVOCATION, self.region, record[ASYNC_INVOCATION.name_field]
            )
        self.backend.records.remove(ENDPOINT, self.region, self.name)

    def _open_queue(self, variant: Variant) -> None:
        key = self.region, self.name
        if not variant.is_asynchronous:
            self.backend.async_queues.drop(key)
            return
        client_config = variant.config["AsyncInferenceConfig"].get("ClientConfig", {})
        limit = client_config.get("MaxConcurrentInvocationsPerInstance", _CONCURRENT)
        if self.backend.async_queues.open(key, limit):  # what an earlier service left waits again
            for record in list_invocations(self.backend, self.region, self.name):
                if record[ASYNC_INVOCATION.status_field] == "InProgress":
                    AsyncInvocation(
                        self.backend, self.region, record[ASYNC_INVOCATION.name_field]
                    ).enqueue()

    def _finish(self, status: str, **changes: Any) -> None:
        changes |= {ENDPOINT.status_field: status, "LastModifiedTime": now()}
        self.backend.records.update(ENDPOINT, self.region, self.name, **changes)

    def _describe_variants(self) -> list[Record]:
        config = self.backend.records.get(ENDPOINT_CONFIG, self.region, self.config)
        return [self._describe_variant(variant) for variant in config["ProductionVariants"]]

    def _describe_variant(self, variant: Record) -> Record:
        model = self.backend.records.get(MODEL, self.region, variant["ModelName"])
        weight = variant.get("InitialVariantWeight", 1.0)
        count = variant.get("InitialInstanceCount", 1)
        return {
            "VariantName": variant["VariantName"],
            "DeployedImages": [
                {
                    "SpecifiedImage": item["Image"],
                    "ResolvedImage": item["Image"],
                    "ResolutionTime": now(),
                }
                for item in resolve_packages(self.backend, self.region, model)
            ],
            "CurrentWeight": weight,
            "DesiredWeight": weight,
            "CurrentInstanceCount": count,
            "DesiredInstanceCount": count,
        }
