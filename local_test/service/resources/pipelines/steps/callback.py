"""Steps that send a message with a token to a queue, and wait until the token is answered.

Source: Developer Guide, 'Pipelines steps', Callback step; API, StopPipelineExecution: a step that
is stopped sends a second message, and ends when its token is answered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.steps.callback_tokens import (
    TOKEN_LENGTH,
    close_token,
    has_token,
    open_token,
    read_token,
)
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


@dataclass
class _CallbackRun:
    """A step whose message was sent."""

    context: StepContext
    metadata: Record
    _stopping: bool = False

    def poll(self) -> StepEnd | None:
        """Return the end of the step when its token is answered."""
        callback = self.metadata["Callback"]
        record = read_token(self.context.backend, self.context.region, callback["CallbackToken"])
        if record["Status"] == "Open":
            return None
        if self._stopping:
            return StepEnd("Stopped", reason="The step was stopped.")
        if record["Status"] == "Succeeded":
            outputs = record["Outputs"]
            self.metadata = {"Callback": {**callback, "OutputParameters": list_outputs(outputs)}}
            return StepEnd("Succeeded", {"OutputParameters": outputs})
        reason = record.get("FailureReason") or f"The callback is {record['Status']}."
        return StepEnd(record["Status"], reason=reason)

    def stop(self) -> None:
        """Send a message with the status Stopping; the answer to the token ends the step.

        When the queue is deleted nobody can answer, and the step waits no longer.
        """
        self._stopping = True
        callback = self.metadata["Callback"]
        token = callback["CallbackToken"]
        try:
            _send(self.context, callback["SqsQueueUrl"], token, "Stopping")
        except ClientError:
            close_token(self.context.backend, self.context.region, token, "Stopped")


def _send(context: StepContext, queue: str, token: str, status: str) -> None:
    message = {
        "token": token,
        "pipelineExecutionArn": context.execution_arn,
        "arguments": context.resolve(dict(context.arguments)),
        "status": status,
    }
    context.backend.aws.client("sqs", context.region).send_message(
        QueueUrl=queue, MessageBody=json.dumps(message)
    )


@dataclass(frozen=True)
class _CallbackStep:
    """The kind of step that is done by somebody else."""

    cached: bool = True
    repeatable: bool = True
    fields: frozenset[str] = frozenset({"SqsQueueUrl", "OutputParameters"})

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the queue to the start of the step: it may be created until then."""

    def start(self, context: StepContext) -> _CallbackRun:
        """Send the message. Raises ClientError when there is no such queue.

        After a restart it may be sent again, with the same token: queues deliver at least once.
        """
        backend, region = context.backend, context.region
        queue = str(context.resolve(context.content["SqsQueueUrl"]))
        declared = context.content.get("OutputParameters") or []
        token = context.make_token(TOKEN_LENGTH)
        if not (context.restarted and has_token(backend, region, token)):
            open_token(backend, region, token, context.execution_arn, context.name, declared)
        try:
            _send(context, queue, token, "Executing")
        except ClientError:
            close_token(backend, region, token, "Failed")
            raise
        return _CallbackRun(context, {"Callback": {"CallbackToken": token, "SqsQueueUrl": queue}})

    def resume(self, context: StepContext, metadata: Record) -> StepRun:
        """Return a step that waits still, or has ended with these output parameters."""
        listed = metadata["Callback"].get("OutputParameters")
        if listed is None:
            return _CallbackRun(context, metadata)
        declared = context.content.get("OutputParameters") or []
        outputs = convert_outputs(declared, read_outputs(listed), "the earlier execution")
        return EndedStep(metadata, StepEnd("Succeeded", {"OutputParameters": outputs}))


CALLBACK_STEP = _CallbackStep()
