"""Tokens of Callback steps: each is kept until its step is answered by somebody else.

Source: SageMaker API, SendPipelineExecutionStepSuccess and SendPipelineExecutionStepFailure.
"""

from collections.abc import Callable

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pipelines.steps.output_parameters import (
    convert_outputs,
    read_outputs,
)
from local_test.service.storage.records import Record

CALLBACK = ResourceType(
    "CallbackToken",
    "callback-token",
    "CallbackTokens",
    "callback token",
    tagged=False,
    find_key=lambda record: str(record["CallbackToken"]),
)
TOKEN_LENGTH = 10  # characters


def open_token(
    backend: Backend,
    region: str,
    token: str,
    execution_arn: str,
    step: str,
    declared: list[Record],
) -> None:
    """Open the token of a step, whose answer must have the `declared` output parameters."""
    record = {
        "CallbackToken": token,
        "PipelineExecutionArn": execution_arn,
        "StepName": step,
        "Declared": declared,
        "Status": "Open",
    }
    backend.records.add(CALLBACK, region, token, record)


def has_token(backend: Backend, region: str, token: str) -> bool:
    """Return True if this token was opened."""
    try:
        read_token(backend, region, token)
    except ApiError:
        return False
    return True


def read_token(backend: Backend, region: str, token: str) -> Record:
    """Return the record of a token: its `Status` is Open, Succeeded, Failed or Stopped."""
    return backend.records.get(CALLBACK, region, token)


def close_token(backend: Backend, region: str, token: str, status: str) -> None:
    """End a token that has no answer, so that none is accepted any more."""
    with backend.records.lock():
        if read_token(backend, region, token)["Status"] == "Open":
            backend.records.update(CALLBACK, region, token, Status=status)


def _answer(backend: Backend, call: ApiCall, change: Callable[[Record], Record]) -> Output:
    """Change the record of an open token; a request that is sent again has the same answer."""
    token, sent = call.request["CallbackToken"], call.request.get("ClientRequestToken")
    with backend.records.lock():
        try:
            record = read_token(backend, call.region, token)
        except ApiError as error:
            raise ApiError(
                "ResourceNotFound",
                f"Callback token {token} does not exist. Read it from the queue.",
            ) from error
        repeated = sent is not None and record.get("ClientRequestToken") == sent
        if record["Status"] != "Open" and not repeated:
            raise invalid(
                f"the step does not wait any more: callback token {token}. Its step"
                f" {record['StepName']} is {record['Status']}."
            )
        if not repeated:
            changes = change(record) | ({} if sent is None else {"ClientRequestToken": sent})
            backend.records.update(CALLBACK, call.region, token, **changes)
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


def _send_success(backend: Backend, call: ApiCall) -> Output:
    texts = read_outputs(call.request.get("OutputParameters", []))

    def answer(record: Record) -> Record:
        unknown = sorted(texts.keys() - {output["OutputName"] for output in record["Declared"]})
        if unknown:
            raise invalid(
                f"unknown output parameter {unknown[0]!r}: step {record['StepName']}."
                " Declare it in the step's OutputParameters."
            )
        source = f"SendPipelineExecutionStepSuccess for step {record['StepName']}"
        return {
            "Status": "Succeeded",
            "Outputs": convert_outputs(record["Declared"], texts, source),
        }

    return _answer(backend, call, answer)


def _send_failure(backend: Backend, call: ApiCall) -> Output:
    reason = call.request.get("FailureReason", "")
    return _answer(backend, call, lambda _record: {"Status": "Failed", "FailureReason": reason})


OPERATIONS: Operations = {
    "SendPipelineExecutionStepSuccess": _send_success,
    "SendPipelineExecutionStepFailure": _send_failure,
}
