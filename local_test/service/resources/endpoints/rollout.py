"""An endpoint's work: to be deployed, updated, deleted; a failed update leaves it as it was."""

import threading
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.running_endpoints import Variant
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.async_invocation import AsyncCall, calls_of
from local_test.service.resources.endpoints.data_capture import summary
from local_test.service.resources.endpoints.deployment import Deployment
from local_test.service.resources.endpoints.resource import ASYNC_CALL, ENDPOINT
from local_test.service.resources.models.container_definitions import unpacked
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record

_CONCURRENT = 4
"""Requests at a time for an asynchronous endpoint that does not say; the service chooses, too."""


@dataclass(frozen=True)
class EndpointWork:
    """One endpoint, on its way to a configuration."""

    backend: Backend
    region: str
    name: str
    config: str = ""

    def deploy(self, stop: threading.Event) -> None:
        """Start the configuration's variants; whatever goes wrong is told in the record."""
        record = self.backend.records.get(ENDPOINT, self.region, self.name)
        try:
            started = Deployment(self.backend, self.region, self.name, stop).start(self.config)
        except (LocalError, Fault, OSError) as error:
            self.backend.logs.flush()
            serves = record[ENDPOINT.status] == "Updating"
            self._settle("InService" if serves else "Failed", FailureReason=str(error))
            return
        self.backend.logs.flush()
        self.backend.hosting.replace(self.region, self.name, started)
        self._open_queue(started[0])
        self._settle(
            "InService",
            EndpointConfigName=self.config,
            ProductionVariants=self._variants(),
            AsyncInferenceConfig=started[0].config.get("AsyncInferenceConfig"),
            DataCaptureConfig=summary(started[0].config.get("DataCaptureConfig")),
            FailureReason=None,
        )

    def delete(self, _stop: threading.Event) -> None:
        """Stop the containers and forget the endpoint."""
        self.backend.hosting.replace(self.region, self.name, ())
        self.backend.queues.drop((self.region, self.name))
        self.backend.logs.flush()
        for record in calls_of(self.backend, self.region, self.name):
            self.backend.records.remove(ASYNC_CALL, self.region, record[ASYNC_CALL.name])
        self.backend.records.remove(ENDPOINT, self.region, self.name)

    def _open_queue(self, variant: Variant) -> None:
        key = self.region, self.name
        if not variant.waits:
            self.backend.queues.drop(key)
            return
        given = variant.config["AsyncInferenceConfig"].get("ClientConfig", {})
        limit = given.get("MaxConcurrentInvocationsPerInstance", _CONCURRENT)
        if self.backend.queues.open(key, limit):  # what an earlier service left waits again
            for record in calls_of(self.backend, self.region, self.name):
                if record[ASYNC_CALL.status] == "InProgress":
                    AsyncCall(self.backend, self.region, record[ASYNC_CALL.name]).enqueue()

    def _settle(self, status: str, **changes: Any) -> None:
        changes |= {ENDPOINT.status: status, "LastModifiedTime": now()}
        self.backend.records.update(ENDPOINT, self.region, self.name, **changes)

    def _variants(self) -> list[Record]:
        config = self.backend.records.get(ENDPOINT_CONFIG, self.region, self.config)
        return [self._described(told) for told in config["ProductionVariants"]]

    def _described(self, told: Record) -> Record:
        model = self.backend.records.get(MODEL, self.region, told["ModelName"])
        weight = told.get("InitialVariantWeight", 1.0)
        count = told.get("InitialInstanceCount", 1)
        return {
            "VariantName": told["VariantName"],
            "DeployedImages": [
                {
                    "SpecifiedImage": item["Image"],
                    "ResolvedImage": item["Image"],
                    "ResolutionTime": now(),
                }
                for item in unpacked(self.backend, self.region, model)
            ],
            "CurrentWeight": weight,
            "DesiredWeight": weight,
            "CurrentInstanceCount": count,
            "DesiredInstanceCount": count,
        }
