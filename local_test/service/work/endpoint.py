"""An endpoint's work: to be deployed, updated, deleted; a failed update leaves it as it was."""

import threading
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.backend import Backend
from local_test.service.faults import Fault
from local_test.service.records import Record
from local_test.service.resources import ENDPOINT, ENDPOINT_CONFIG, MODEL, now
from local_test.service.work.deployment import Deployment, unpacked


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
        self._settle(
            "InService",
            EndpointConfigName=self.config,
            ProductionVariants=self._variants(),
            FailureReason=None,
        )

    def delete(self, _stop: threading.Event) -> None:
        """Stop the containers and forget the endpoint."""
        self.backend.hosting.replace(self.region, self.name, ())
        self.backend.logs.flush()
        self.backend.records.remove(ENDPOINT, self.region, self.name)

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
