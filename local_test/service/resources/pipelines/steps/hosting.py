"""Steps that deploy: EndpointConfig, and Endpoint, which waits until the endpoint serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd
from local_test.service.storage.records import Record

_ENDED = {"InService": "Succeeded", "Failed": "Failed"}


@dataclass(frozen=True)
class _HostingStep:
    """A kind of step that creates a `field` by boto3's method that ends in `method`.

    It has the name of the step's arguments, or else one of the execution and the step.
    """

    method: str
    field: str
    cached: bool = False
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the arguments to the operation that is called."""

    def start(self, context: StepContext) -> "_HostingRun":
        """Create the resource."""
        arguments = context.resolve(dict(context.arguments))
        name = arguments.get(f"{self.field}Name") or context.make_name(63)
        create = getattr(context.client, f"create_{self.method}")
        arn = create(**{**arguments, f"{self.field}Name": name})[f"{self.field}Arn"]
        return _HostingRun(self, context.client, name, arn)

    def resume(self, context: StepContext, metadata: Record) -> "_HostingRun":
        """Return the run of a resource that exists."""
        arn = metadata[self.field]["Arn"]
        given = context.resolve(context.arguments.get(f"{self.field}Name"))
        return _HostingRun(self, context.client, given or arn.rpartition("/")[2], arn)


@dataclass(frozen=True)
class _HostingRun:
    """A resource that a step has created."""

    kind: _HostingStep
    client: Any
    name: str
    arn: str

    @property
    def metadata(self) -> Record:
        """Return the ARN of the resource."""
        return {self.kind.field: {"Arn": self.arn}}

    def poll(self) -> StepEnd | None:
        """Return the end of the step; a configuration is done at once."""
        describe = getattr(self.client, f"describe_{self.kind.method}")
        described = dict(describe(**{f"{self.kind.field}Name": self.name}))
        status = _ENDED.get(described.get(f"{self.kind.field}Status", "InService"))
        if status is None:
            return None
        return StepEnd(status, described, described.get("FailureReason"))

    def stop(self) -> None:
        """Let the deployment end: it cannot be stopped."""


ENDPOINT_CONFIG = _HostingStep("endpoint_config", "EndpointConfig")
ENDPOINT = _HostingStep("endpoint", "Endpoint")
