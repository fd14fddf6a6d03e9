"""Steps that fail the execution with a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.pipelines.steps.step_kind import EndedStep, StepContext, StepEnd
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class _FailStep:
    """The kind of step that always fails."""

    cached: bool = False
    repeatable: bool = True
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Do nothing: every message is supported."""

    def start(self, context: StepContext) -> EndedStep:
        """Fail with the message of the arguments."""
        message = str(context.resolve(dict(context.arguments)).get("ErrorMessage", ""))
        return self.resume(context, {"Fail": {"ErrorMessage": message}})

    def resume(self, _context: StepContext, metadata: Record) -> EndedStep:
        """Return the failed step."""
        return EndedStep(metadata, StepEnd("Failed", reason=metadata["Fail"]["ErrorMessage"]))


FAIL = _FailStep()
