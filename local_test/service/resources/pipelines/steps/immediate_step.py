"""Steps that are done by one or two calls: what they create needs no time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.pipelines.steps.step_kind import EndedStep, StepContext, StepEnd
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class ImmediateStep:
    """A kind of step that `create` does: it gets a name and arguments and returns a description.

    `describe` returns the description for an ARN or a name; `arn_field` has the ARN, which is below
    `metadata_key` in the step's metadata. `tagged`: the resource has the tag of its execution.
    """

    metadata_key: str
    arn_field: str
    create: Callable[[Any, str, Mapping[str, Any]], dict[str, Any]]
    describe: Callable[[Any, str], dict[str, Any]]
    tagged: bool = False
    cached: bool = False
    repeatable: bool = True
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the arguments to the operation that is called."""

    def start(self, context: StepContext) -> EndedStep:
        """Create the resource."""
        arguments = context.resolve(dict(context.arguments))
        if self.tagged:
            arguments = context.add_tags(arguments)
        client = context.client
        name = context.make_name(36, arguments.get(f"{self.metadata_key}Name"))
        created = context.create_once(
            lambda: self.create(client, name, arguments), lambda: self.describe(client, name)
        )
        return self._end(created)

    def resume(self, context: StepContext, metadata: Record) -> EndedStep:
        """Return the run of a step whose resource exists."""
        return self._end(self.describe(context.client, metadata[self.metadata_key]["Arn"]))

    def _end(self, described: Mapping[str, Any]) -> EndedStep:
        metadata = {self.metadata_key: {"Arn": described[self.arn_field]}}
        return EndedStep(metadata, StepEnd("Succeeded", described))
