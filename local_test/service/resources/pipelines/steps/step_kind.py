"""What every kind of step has: a check at creation, a start, and a run that is polled."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.storage.records import Record

_EXECUTION_TAG = "sagemaker:pipeline-execution-arn"


@dataclass(frozen=True)
class StepContext:
    """A step of an execution that is about to start.

    `content` is the step as in the definition, `arguments` are its arguments without the steps of
    its branches; both have references, which `resolve` replaces. `started` (seconds since 1970) and
    `attempt` are those of the step's entry. `restarted`: the service ended while this very attempt
    started, so that what it creates may exist.
    """

    backend: Backend
    region: str
    client: Any
    execution_arn: str
    name: str
    content: Mapping[str, Any]
    arguments: Mapping[str, Any]
    resolve: Callable[[Any], Any]
    started: float = 0.0
    attempt: int = 0
    restarted: bool = False

    def add_tags(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that create a job or model, with the tag that the service gives it.

        Source: SDK, `lineage.artifact.ModelArtifact.pipeline_execution_arn`, which reads it.
        """
        tag = {"Key": _EXECUTION_TAG, "Value": self.execution_arn}
        return {**arguments, "Tags": [*(arguments.get("Tags") or ()), tag]}

    def make_name(self, longest: int, prefix: str | None = None) -> str:
        """Return a name of at most `longest` characters, which every attempt has for itself.

        It begins with `prefix`, or else with the names of the execution and the step. Letters are
        small: the name is read from the ARN, whose letters are.
        Source: SDK, `PipelineDefinitionConfig.use_custom_job_prefix`.
        """
        execution = self.execution_arn.rpartition("/")[2]
        whole = prefix or f"pipelines-{execution}-{self.name}".replace("_", "-")
        return f"{whole[: longest - 9].rstrip('-')}-{self.make_token(8)}".lower()

    def make_token(self, length: int) -> str:
        """Return hexadecimal digits, at most 64, which every attempt has for itself."""
        attempt = f"{self.execution_arn} {self.name} {self.started!r} {self.attempt}"
        return hashlib.sha256(attempt.encode()).hexdigest()[:length]

    def create_once(self, create: Callable[[], Any], describe: Callable[[], Any]) -> Any:
        """Return what `create` returns, or `describe` if this attempt has created it before.

        Raises ClientError when something else has the name.
        """
        try:
            return create()
        except ClientError as error:
            if not (self.restarted and _is_conflict(error)):
                raise
            return describe()


def _is_conflict(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ResourceInUse" or "already exist" in str(error)


@dataclass(frozen=True)
class StepEnd:
    """How a step has ended: `Succeeded`, `Failed` or `Stopped`, with a reason unless it succeeded.

    `properties` is what references to the step can read.
    """

    status: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


class StepRun(Protocol):
    """A step that was started."""

    @property
    def metadata(self) -> Record:
        """Return the step's metadata, as ListPipelineExecutionSteps has them."""

    def poll(self) -> StepEnd | None:
        """Return how the step has ended, None while it runs."""

    def stop(self) -> None:
        """Stop the step if it still runs; its end is reported by `poll`."""


@dataclass(frozen=True)
class EndedStep:
    """A step that has ended when it has started."""

    metadata: Record
    end: StepEnd

    def poll(self) -> StepEnd:
        """Return how the step has ended."""
        return self.end

    def stop(self) -> None:
        """Do nothing: the step has ended."""


class StepKind(Protocol):
    """A kind of step.

    `cached` says whether `CacheConfig` has an effect; `fields` are the fields of a step in a
    definition that this kind has beside those of all kinds. `repeatable`: `start` can be called
    again for the same attempt, and finds what the first call has made.
    """

    @property
    def cached(self) -> bool: ...

    @property
    def repeatable(self) -> bool: ...

    @property
    def fields(self) -> frozenset[str]: ...

    def check(self, step: Mapping[str, Any]) -> None:
        """Raise ApiError when a step of a definition has what is not supported."""

    def start(self, context: StepContext) -> StepRun:
        """Start the step."""

    def resume(self, context: StepContext, metadata: Record) -> StepRun:
        """Return the run of a step that was started before and has these metadata."""
