"""Callback steps: a message with a token goes to a queue, and its answer ends the step."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account
from tests.local_test.service.resources.pipelines.test_pipelines import ended, start, steps

ANSWER = [{"Name": "rows", "Value": "12"}]


@pytest.fixture(scope="module")
def queue(account: Account) -> str:
    """The URL of a queue."""
    return str(account.client("sqs").create_queue(QueueName="callbacks")["QueueUrl"])


def build(queue: str) -> dict[str, Any]:
    wait = {
        "Name": "Wait",
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "OutputParameters": [{"OutputName": "rows", "OutputType": "Integer"}],
        "Arguments": {"run": {"Get": "Execution.PipelineExecutionArn"}},
    }
    rows = {"Get": "Steps.Wait.OutputParameters['rows']"}
    condition = {"Type": "GreaterThan", "LeftValue": rows, "RightValue": 11}
    judge = {"Name": "Judge", "Type": "Condition", "Arguments": {"Conditions": [condition]}}
    return {"Version": "2020-12-01", "Steps": [wait, judge]}


def receive(account: Account, queue: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        received = account.client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
        if received:
            receipt = received[0]["ReceiptHandle"]
            account.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=receipt)
            return dict(json.loads(received[0]["Body"]))
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_successful_answer_has_the_outputs(account: Account, queue: str) -> None:
    arn = start(account, "waits", build(queue))
    message = receive(account, queue)
    token = message.pop("token")
    assert message == {
        "pipelineExecutionArn": arn,
        "arguments": {"run": arn},
        "status": "Executing",
    }
    assert steps(account, arn)["Wait"]["StepStatus"] == "Executing"
    send = account.sagemaker.send_pipeline_execution_step_success
    for outputs, sentence in (
        ([{"Name": "lines", "Value": "12"}], "unknown output parameter 'lines': step Wait"),
        ([{"Name": "rows", "Value": "many"}], "output parameter 'rows' is no Integer"),
        ([], "missing output parameter 'rows'"),
    ):
        with pytest.raises(ClientError, match=sentence):
            send(CallbackToken=token, OutputParameters=outputs, ClientRequestToken="t" * 32)
    for _ in range(2):  # a client sends a request again when its answer is lost
        sent = send(CallbackToken=token, OutputParameters=ANSWER, ClientRequestToken="t" * 32)
        assert sent["PipelineExecutionArn"] == arn
    assert ended(account, arn)["PipelineExecutionStatus"] == "Succeeded"
    found = steps(account, arn)
    assert found["Judge"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert found["Wait"]["Metadata"]["Callback"] == {
        "CallbackToken": token,
        "SqsQueueUrl": queue,
        "OutputParameters": ANSWER,
    }
    with pytest.raises(ClientError, match="does not wait any more: callback token"):
        send(CallbackToken=token, OutputParameters=ANSWER, ClientRequestToken="u" * 32)


def test_a_failure_and_a_missing_queue_fail_the_step(account: Account, queue: str) -> None:
    arn = start(account, "refused", build(queue))
    token = receive(account, queue)["token"]
    send = account.sagemaker.send_pipeline_execution_step_failure
    with pytest.raises(ClientError, match="Callback token 0123456789 does not exist") as unknown:
        send(CallbackToken="0123456789", FailureReason="no", ClientRequestToken="t" * 32)
    assert unknown.value.response["Error"]["Code"] == "ResourceNotFound"
    send(CallbackToken=token, FailureReason="no rows", ClientRequestToken="t" * 32)
    assert ended(account, arn)["FailureReason"] == "Step Wait: no rows"
    lost = start(account, "lost", build(f"{queue}-none"))
    assert "queue does not exist" in ended(account, lost)["FailureReason"]


def test_a_stopped_step_waits_for_the_answer_to_its_second_message(
    account: Account, queue: str
) -> None:
    arn = start(account, "abandoned", build(queue))
    message = receive(account, queue)
    token = message["token"]
    account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert receive(account, queue) == message | {"status": "Stopping"}
    assert steps(account, arn)["Wait"]["StepStatus"] == "Stopping"
    described = account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["PipelineExecutionStatus"] == "Stopping"
    account.sagemaker.send_pipeline_execution_step_success(
        CallbackToken=token, OutputParameters=ANSWER, ClientRequestToken="t" * 32
    )
    assert ended(account, arn)["PipelineExecutionStatus"] == "Stopped"
    assert steps(account, arn)["Wait"]["StepStatus"] == "Stopped"
    with pytest.raises(ClientError, match="does not wait any more"):
        account.sagemaker.send_pipeline_execution_step_failure(
            CallbackToken=token, FailureReason="late", ClientRequestToken="u" * 32
        )
