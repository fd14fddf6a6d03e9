"""Steps that send a message with a token to a queue, and wait until the token is answered.

Source: Developer Guide, 'Pipelines steps', Callback step.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
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

    backend: Backend
    region: str
    metadata: Record

    def poll(self) -> StepEnd | None:
        """Return the end of the step when its token is answered."""
        callback = self.metadata["Callback"]
        record = read_token(self.backend, self.region, callback["CallbackToken"])
        if record["Status"] == "Open":
            return None
        if record["Status"] == "Succeeded":
            outputs = record["Outputs"]
            self.metadata = {"Callback": {**callback, "OutputParameters": list_outputs(outputs)}}
            return StepEnd("Succeeded", {"OutputParameters": outputs})
        reason = record.get("FailureReason") or f"The callback is {record['Status']}."
        return StepEnd(record["Status"], reason=reason)

    def stop(self) -> None:
        """Wait no longer."""
        close_token(
            self.backend, self.region, self.metadata["Callback"]["CallbackToken"], "Stopped"
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
        arguments = context.resolve(dict(context.arguments))
        token = context.make_token(TOKEN_LENGTH)
        if not (context.restarted and has_token(backend, region, token)):
            open_token(backend, region, token, context.execution_arn, context.name, declared)
        message = {
            "token": token,
            "pipelineExecutionArn": context.execution_arn,
            "arguments": arguments,
            "status": "Executing",
        }
        try:
            backend.aws.client("sqs", region).send_message(
                QueueUrl=queue, MessageBody=json.dumps(message)
            )
        except ClientError:
            close_token(backend, region, token, "Failed")
            raise
        return _CallbackRun(
            backend, region, {"Callback": {"CallbackToken": token, "SqsQueueUrl": queue}}
        )

    def resume(self, context: StepContext, metadata: Record) -> StepRun:
        """Return a step that waits still, or has ended with these output parameters."""
        listed = metadata["Callback"].get("OutputParameters")
        if listed is None:
            return _CallbackRun(context.backend, context.region, metadata)
        declared = context.content.get("OutputParameters") or []
        outputs = convert_outputs(declared, read_outputs(listed), "the earlier execution")
        return EndedStep(metadata, StepEnd("Succeeded", {"OutputParameters": outputs}))


CALLBACK_STEP = _CallbackStep()
