"""The work of an inference component: start its copies, change their number, replace them, stop."""

import threading
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.deployment import Deployment
from local_test.service.resources.endpoints.resource import INFERENCE_COMPONENT
from local_test.service.resources.inference_components.component_host import (
    place_components,
    read_config,
    set_instance_count,
)
from local_test.service.storage.records import Record

LOG_GROUP_PREFIX = "/aws/sagemaker/InferenceComponents/"
_STATUS = INFERENCE_COMPONENT.status_field


@dataclass(frozen=True)
class ComponentWork:
    """The work of one inference component; its record says what is wanted."""

    backend: Backend
    region: str
    name: str

    def deploy(self, stop: threading.Event) -> None:
        """Start the copies, or let new ones replace those that run. Errors go into the record.

        Copies that serve go on when new ones cannot be started.
        """
        before = self._find_running()
        try:
            record = self._read()
            instances = place_components(self.backend, self.region, record)
            set_instance_count(self.backend, self.region, record, instances)
            deployment = Deployment(self.backend, self.region, record["EndpointName"], stop)
            fresh = self._make_variant(deployment, record)
            deployment.reach(fresh, record["RuntimeConfig"]["DesiredCopyCount"])
        except (LocalError, ApiError, OSError) as error:
            if not stop.is_set():
                self._fail(str(error), before)
            return
        self.backend.running_endpoints.set_component(self.region, self.name, fresh)
        if before is not None:
            before.close(stop)
        self._finish(fresh)

    def resize(self, stop: threading.Event) -> None:
        """Start or stop copies until there are as many as desired."""
        running = self._find_running()
        if running is None:
            self.deploy(stop)
            return
        try:
            record = self._read()
            instances = place_components(self.backend, self.region, record)
            deployment = Deployment(self.backend, self.region, record["EndpointName"], stop)
            deployment.reach(running, record["RuntimeConfig"]["DesiredCopyCount"])
            set_instance_count(self.backend, self.region, record, instances)
        except (LocalError, ApiError, OSError) as error:
            if not stop.is_set():
                self._fail(str(error), running)
            return
        self._finish(running)

    def delete(self, _stop: threading.Event) -> None:
        """Stop the copies and remove the component."""
        running = self._find_running()
        self.backend.running_endpoints.set_component(self.region, self.name, None)
        if running is not None:
            running.close()
        self.backend.logs.flush()
        self.backend.records.remove(INFERENCE_COMPONENT, self.region, self.name)

    def _find_running(self) -> Variant | None:
        return self.backend.running_endpoints.find_component(self.region, self.name)

    def _read(self) -> Record:
        return self.backend.records.get(INFERENCE_COMPONENT, self.region, self.name)

    def _make_variant(self, deployment: Deployment, record: Record) -> Variant:
        specification = record["Specification"]
        startup = specification.get("StartupParameters", {})
        config = read_config(self.backend, self.region, record["EndpointName"])
        entry = {"VariantName": record["VariantName"], **startup}
        if "ModelName" in specification:
            entry["ModelName"] = specification["ModelName"]
        else:
            container = specification["Container"]
            entry["Model"] = {
                "PrimaryContainer": {
                    "Image": container["Image"],
                    "Environment": container.get("Environment", {}),
                    **(
                        {"ModelDataUrl": container["ArtifactUrl"]}
                        if "ArtifactUrl" in container
                        else {}
                    ),
                },
                "EnableNetworkIsolation": config.get("EnableNetworkIsolation", False),
                "ExecutionRoleArn": config.get("ExecutionRoleArn"),
            }
        return deployment.make_component(self.name, entry, config, f"{LOG_GROUP_PREFIX}{self.name}")

    def _finish(self, running: Variant) -> None:
        self.backend.logs.flush()
        self._update("InService", running.count, FailureReason=None)

    def _fail(self, reason: str, running: Variant | None) -> None:
        """Record a failure: a component that has copies stays in service with those."""
        self.backend.logs.flush()
        count = 0 if running is None else running.count
        status = "Failed" if running is None else "InService"
        self._update(status, count, FailureReason=reason)

    def _update(self, status: str, count: int, **changes: Any) -> None:
        with self.backend.records.lock():
            counts = self._read()["RuntimeConfig"] | {"CurrentCopyCount": count}
            changes |= {_STATUS: status, "LastModifiedTime": now(), "RuntimeConfig": counts}
            self.backend.records.update(INFERENCE_COMPONENT, self.region, self.name, **changes)
