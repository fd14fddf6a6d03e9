"""The work of an endpoint: deploy, update, delete. A failed update leaves it as it was."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoint_configs.blueprint import Blueprint, read_blueprint
from local_test.service.resources.endpoint_configs.explainer_config import EXPLAINER
from local_test.service.resources.endpoint_configs.resource import (
    VARIANT_FIELDS,
    list_configured,
)
from local_test.service.resources.endpoints.async_invocation import (
    AsyncInvocation,
    list_invocations,
)
from local_test.service.resources.endpoints.data_capture import summarize_config
from local_test.service.resources.endpoints.deployment import Deployment
from local_test.service.resources.endpoints.guardrails.policy import read_policy
from local_test.service.resources.endpoints.guardrails.traffic_shift import (
    RollbackFailedError,
    TrafficShift,
)
from local_test.service.resources.endpoints.instance_count import (
    VariantState,
    read_concurrency,
)
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION, ENDPOINT
from local_test.service.resources.models.container_definitions import resolve_packages
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class EndpointRollout:
    """The rollout of one endpoint to an endpoint configuration.

    `states` are the weight and the instance count of variants that do not start with those of the
    configuration, and `config_changes` are fields that differ from it. `deployment_config` says how
    the traffic of an endpoint that serves moves. `blueprint` is what an endpoint served before a
    restart of the service; others are made from the configuration. `lost` says which deployment
    that restart ended.
    """

    backend: Backend
    region: str
    name: str
    config: str = ""
    states: Mapping[str, VariantState] = field(default_factory=dict)
    config_changes: Mapping[str, Any] = field(default_factory=dict)
    deployment_config: Mapping[str, Any] | None = None
    blueprint: Blueprint | None = None
    lost: str | None = None

    def deploy(self, stop: threading.Event) -> None:
        """Start the configuration's variants and route requests to them.

        Errors go into the endpoint's record.
        """
        blue = self.backend.running_endpoints.list_variants(self.region, self.name)
        try:
            blueprint = self.blueprint or read_blueprint(self.backend, self.region, self.config)
            deployment = Deployment(
                *(self.backend, self.region, self.name, stop, blueprint),
                *(self.states, self.config_changes),
            )
            if blue:
                started = self._shift(deployment, blue, stop)
            else:
                started = deployment.start()
                self.backend.running_endpoints.switch(self.region, self.name, started)
        except (LocalError, ApiError, OSError) as error:
            self.backend.logs.flush()
            if blue and stop.is_set():
                return  # deployed again, as it was, when the service is back
            status = "InService" if blue else "Failed"
            if isinstance(error, RollbackFailedError):
                status = "UpdateRollbackFailed"
            self._finish(status, FailureReason=str(error), **self._count_instances(blue))
            return
        self.backend.logs.flush()
        self._open_queue(started[0])
        changes = (
            {}
            if self.deployment_config is None
            else {"LastDeploymentConfig": self.deployment_config}
        )
        self._finish(
            "InService",
            EndpointConfigName=self.config,
            **self._describe_variants(deployment, started),
            **blueprint.as_change(),
            AsyncInferenceConfig=started[0].config.get("AsyncInferenceConfig"),
            ExplainerConfig=started[0].config.get(EXPLAINER),
            DataCaptureConfig=summarize_config(started[0].config.get("DataCaptureConfig")),
            ConfigChanges=dict(self.config_changes),
            FailureReason=self.lost,
            **changes,
        )

    def _shift(
        self, deployment: Deployment, blue: Sequence[Variant], stop: threading.Event
    ) -> Sequence[Variant]:
        """Move the traffic from the fleet that serves to a new one, as the policy says."""
        begin = now()

        def report(green: Sequence[Variant], status: str) -> None:
            described = self._describe_variants(deployment, green)
            state = {"VariantStatus": [{"Status": status, "StartTime": now()}]}
            summary = {
                "EndpointConfigName": self.config,
                "StartTime": begin,
                **{key: [item | state for item in items or ()] for key, items in described.items()},
            }
            self.backend.records.update(
                ENDPOINT, self.region, self.name, PendingDeploymentSummary=summary
            )

        def roll_back(reason: str) -> None:
            changes = {ENDPOINT.status_field: "RollingBack", "FailureReason": reason}
            self.backend.records.update(ENDPOINT, self.region, self.name, **changes)

        policy = read_policy(self.deployment_config)
        shift = TrafficShift(
            *(self.backend, self.region, self.name, policy, deployment, blue, stop),
            *(report, roll_back),
        )
        return shift.run()

    def delete(self, _stop: threading.Event) -> None:
        """Stop the containers, and remove the endpoint with its asynchronous requests."""
        self.backend.running_endpoints.replace(self.region, self.name, ())
        self.backend.async_queues.drop((self.region, self.name))
        self.backend.shadow_traffic.drop((self.region, self.name))
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
        limit = variant.count * read_concurrency(variant.config)
        if self.backend.async_queues.open(key, limit):  # what an earlier service left waits again
            for record in list_invocations(self.backend, self.region, self.name):
                if record[ASYNC_INVOCATION.status_field] == "InProgress":
                    AsyncInvocation(
                        self.backend, self.region, record[ASYNC_INVOCATION.name_field]
                    ).enqueue()

    def _count_instances(self, serving: Sequence[Variant]) -> dict[str, list[Record]]:
        """Return the record's lists of variants with the instance counts of those that serve."""
        record = self.backend.records.get(ENDPOINT, self.region, self.name)
        counts = {variant.name: {"CurrentInstanceCount": variant.count} for variant in serving}
        return {
            key: [item | counts.get(item["VariantName"], {}) for item in record[key]]
            for key in VARIANT_FIELDS
            if record.get(key)
        }

    def _finish(self, status: str, **changes: Any) -> None:
        changes |= {ENDPOINT.status_field: status, "LastModifiedTime": now()}
        changes |= {"PendingDeploymentSummary": None}
        self.backend.records.update(ENDPOINT, self.region, self.name, **changes)

    def _describe_variants(
        self, deployment: Deployment, started: Sequence[Variant]
    ) -> dict[str, list[Record] | None]:
        """Return the fields of DescribeEndpoint that list variants; None removes one."""
        blueprint = deployment.blueprint
        counts = {variant.name: variant.count for variant in started}
        listed: dict[str, list[Record] | None] = dict.fromkeys(VARIANT_FIELDS)
        for key, variant in list_configured(blueprint.config):
            count, state = counts[variant["VariantName"]], deployment.read_state(variant)
            described = self._describe_variant(variant, blueprint, state, count)
            listed[key] = [*(listed[key] or ()), described]
        return listed

    def _describe_variant(
        self, variant: Record, blueprint: Blueprint, state: VariantState, count: int
    ) -> Record:
        return {
            "VariantName": variant["VariantName"],
            **self._describe_images(variant, blueprint),
            **_describe_serverless(variant),
            "CurrentWeight": state.weight,
            "DesiredWeight": state.weight,
            "CurrentInstanceCount": count,
            "DesiredInstanceCount": state.count,
        }

    def _describe_images(self, variant: Record, blueprint: Blueprint) -> Record:
        """Return the images of a variant; one for inference components has none of its own."""
        if "ModelName" not in variant:
            scaling = variant.get("ManagedInstanceScaling")
            return {} if scaling is None else {"ManagedInstanceScaling": scaling}
        model = blueprint.models[variant["ModelName"]]
        images = [
            {
                "SpecifiedImage": item["Image"],
                "ResolvedImage": item["Image"],
                "ResolutionTime": now(),
            }
            for item in resolve_packages(self.backend, self.region, model)
        ]
        return {"DeployedImages": images}


def _describe_serverless(variant: Record) -> Record:
    config = variant.get("ServerlessConfig")
    fields = ("CurrentServerlessConfig", "DesiredServerlessConfig")
    return {} if config is None else dict.fromkeys(fields, config)
