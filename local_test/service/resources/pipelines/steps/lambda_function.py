"""Steps that invoke a Lambda function, whose result has the values of the output parameters.

Source: Developer Guide, 'Pipelines steps', Lambda step: it runs at most 10 minutes.
"""

import json
import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.functions.handler_run import HandlerOutcome
from local_test.service.resources.functions.invocation import FunctionInvocation
from local_test.service.resources.functions.resource import find_function
from local_test.service.resources.pipelines.steps.output_parameters import (
    convert_outputs,
    list_outputs,
    read_outputs,
)
from local_test.service.resources.pipelines.steps.step_kind import (
    EndedStep,
    StepContext,
    StepEnd,
    StepRun,
)
from local_test.service.storage.records import Record

_LONGEST_SECONDS = 600.0
_LONGEST_REASON = 1024  # characters


@dataclass
class _LambdaRun:
    """An invocation that was started at `started` (seconds of the monotonic clock)."""

    invocation: FunctionInvocation
    results: "queue.SimpleQueue[HandlerOutcome | Exception]"
    declared: list[Record]
    metadata: Record
    started: float = field(default_factory=time.monotonic)
    _timed_out: StepEnd | None = None

    def poll(self) -> StepEnd | None:
        """Return the end of the step when the handler has ended."""
        if time.monotonic() - self.started > _LONGEST_SECONDS and self._timed_out is None:
            what = f"ClientError: Lambda function {self.metadata['Lambda']['Arn']} timed out"
            self._timed_out = StepEnd(
                "Failed", reason=f"{what} after {_LONGEST_SECONDS:.0f} seconds."
            )
            self.invocation.stop()
        try:
            outcome = self.results.get_nowait()
        except queue.Empty:
            return None
        if self._timed_out is not None:
            return self._timed_out
        if isinstance(outcome, Exception):
            reason = f"InternalServerError: {type(outcome).__name__}: {outcome}"
            return StepEnd("Failed", reason=reason)
        return self._read_outcome(outcome)

    def stop(self) -> None:
        """Let the handler end: the execution waits for it.

        Source: API, StopPipelineExecution: a function that runs cannot be stopped.
        """

    def _read_outcome(self, outcome: HandlerOutcome) -> StepEnd:
        arn = self.metadata["Lambda"]["Arn"]
        result = json.loads(outcome.payload)
        if outcome.failed:
            kind, message = result.get("errorType", "Error"), result.get("errorMessage", "")
            reason = f"ClientError: Lambda function {arn} failed: {kind}: {message}"
            return StepEnd("Failed", reason=reason[:_LONGEST_REASON])
        try:
            values = result if isinstance(result, dict) else {}
            outputs = convert_outputs(self.declared, values, f"Lambda function {arn}")
        except ApiError as error:
            return StepEnd("Failed", reason=f"ClientError: {error}")
        self.metadata = {"Lambda": {"Arn": arn, "OutputParameters": list_outputs(outputs)}}
        return StepEnd("Succeeded", {"OutputParameters": outputs})


@dataclass(frozen=True)
class _LambdaStep:
    """The kind of step that invokes a function."""

    cached: bool = True
    repeatable: bool = False
    fields: frozenset[str] = frozenset({"FunctionArn", "OutputParameters"})

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the function to the start of the step: it may be created until then."""

    def start(self, context: StepContext) -> _LambdaRun:
        """Invoke the function with the arguments as its event."""
        arn = str(context.resolve(context.content["FunctionArn"]))
        function = find_function(context.backend, context.region, arn)
        event = json.dumps(context.resolve(dict(context.arguments)))
        invocation = FunctionInvocation(context.backend, context.region, function, event)
        declared = context.content.get("OutputParameters") or []
        metadata = {"Lambda": {"Arn": function["FunctionArn"]}}
        return _LambdaRun(invocation, invocation.start(), declared, metadata)

    def resume(self, context: StepContext, metadata: Record) -> StepRun:
        """Return a step that has ended: the process of a handler ends with the service."""
        listed = metadata["Lambda"].get("OutputParameters")
        if listed is None:
            reason = "InternalServerError: the local service ended while the function ran"
            return EndedStep(metadata, StepEnd("Failed", reason=reason))
        declared = context.content.get("OutputParameters") or []
        outputs = convert_outputs(declared, read_outputs(listed), "the earlier execution")
        return EndedStep(metadata, StepEnd("Succeeded", {"OutputParameters": outputs}))


LAMBDA = _LambdaStep()
