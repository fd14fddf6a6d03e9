"""Steps that deploy: EndpointConfig, Endpoint and InferenceComponent.

Source: the SDK 2.257, `EndpointStep` and `InferenceComponentStep`: what exists is updated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd
from local_test.service.storage.records import Record

_CONFIG = "EndpointConfigName"
_RUNNING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


@dataclass(frozen=True)
class HostingStep:
    """A kind of step that creates a `field` by boto3's method that ends in `method`.

    It has the name of the step's arguments, or else one of the execution and the step. When it
    exists, it is updated by the arguments in `updated`; without these it cannot be.
    """

    method: str
    field: str
    updated: tuple[str, ...] = ()
    cached: bool = False
    repeatable: bool = True
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the arguments to the operation that is called."""

    def start(self, context: StepContext) -> "_HostingRun":
        """Create the resource, or update it."""
        arguments = context.resolve(dict(context.arguments))
        given = arguments.get(self._name_field)
        name = given or context.make_name(63)
        config = arguments.get(_CONFIG)
        found = self._find(context.client, name) if self.updated or context.restarted else None
        if found and context.restarted and (given is None or _serves(found, config)):
            return _HostingRun(self, context.client, name, found[f"{self.field}Arn"], config)
        verb = "update" if found and self.updated else "create"
        if verb == "update":
            arguments = {key: arguments[key] for key in self.updated if key in arguments}
        call = getattr(context.client, f"{verb}_{self.method}")
        arn = call(**{**arguments, self._name_field: name})[f"{self.field}Arn"]
        return _HostingRun(self, context.client, name, arn, config)

    def resume(self, context: StepContext, metadata: Record) -> "_HostingRun":
        """Return the run of a resource that exists."""
        arn = metadata[self.field]["Arn"]
        arguments = context.resolve(dict(context.arguments))
        given = arguments.get(self._name_field)
        name = given or arn.rpartition("/")[2]
        return _HostingRun(self, context.client, name, arn, arguments.get(_CONFIG))

    def describe(self, client: Any, name: str) -> dict[str, Any]:
        """Return the description of the resource. Raises ClientError when it does not exist."""
        return dict(getattr(client, f"describe_{self.method}")(**{self._name_field: name}))

    @property
    def _name_field(self) -> str:
        return f"{self.field}Name"

    def _find(self, client: Any, name: str) -> dict[str, Any] | None:
        try:
            return self.describe(client, name)
        except ClientError as error:
            if "Could not find" not in str(error):
                raise
            return None


def _serves(described: Mapping[str, Any], config: str | None) -> bool:
    return config is not None and described.get(_CONFIG) == config


@dataclass(frozen=True)
class _HostingRun:
    """A resource that a step has created or updated; `config` is what it is meant to serve."""

    kind: HostingStep
    client: Any
    name: str
    arn: str
    config: str | None

    @property
    def metadata(self) -> Record:
        """Return the ARN of the resource."""
        return {self.kind.field: {"Arn": self.arn}}

    def poll(self) -> StepEnd | None:
        """Return the end of the step; a configuration is done at once."""
        described = self.kind.describe(self.client, self.name)
        status = described.get(f"{self.kind.field}Status", "InService")
        if status in _RUNNING:
            return None
        reason = described.get("FailureReason")
        if status != "InService":
            return StepEnd("Failed", described, reason or f"It is {status}.")
        if self.config != described.get(_CONFIG, self.config):  # the update was rolled back
            what = f"The endpoint serves {described[_CONFIG]} and not {self.config}."
            return StepEnd("Failed", described, reason or what)
        return StepEnd("Succeeded", described)

    def stop(self) -> None:
        """Let the deployment end: it cannot be stopped."""


ENDPOINT_CONFIG = HostingStep("endpoint_config", "EndpointConfig", cached=True)
ENDPOINT = HostingStep("endpoint", "Endpoint", updated=(_CONFIG, "DeploymentConfig"), cached=True)
INFERENCE_COMPONENT = HostingStep(
    "inference_component", "InferenceComponent", updated=("Specification", "RuntimeConfig")
)
