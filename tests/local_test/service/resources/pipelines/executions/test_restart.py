"""A service that is killed: its executions go on or fail with a reason, and no job runs twice."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from tests.clients.account import Account, run_service
from tests.local_test.service.resources.pipelines.steps.test_callback_steps import build, receive
from tests.local_test.service.resources.pipelines.test_pipelines import (
    ended,
    start,
    steps,
    training,
)

LOST = "InternalServerError: the local service ended while the job ran"


def list_jobs(account: Account) -> dict[str, str]:
    """Return the statuses of all training jobs by name."""
    listed = account.sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    return {job["TrainingJobName"]: job["TrainingJobStatus"] for job in listed}


def wait_for_attempt(account: Account, arn: str, number: int) -> str:
    """Return the name of the job of an attempt when it was entered."""
    deadline = time.monotonic() + 60
    while True:
        step: Any = steps(account, arn).get("Train", {})
        if step.get("AttemptCount") == number and step.get("Metadata"):
            return str(step["Metadata"]["TrainingJob"]["Arn"]).rpartition("/")[2]
        assert time.monotonic() < deadline, step
        time.sleep(0.05)


def test_executions_survive_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    message = {"ErrorMessage": "after"}
    after = {"Name": "After", "Type": "Fail", "Arguments": message, "DependsOn": ["Train"]}
    again = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 1}
    with run_service("process", state, end=signal.SIGKILL) as account:
        account.bucket("steps", **{"in/a.csv": "1"})
        train = training(act="obey")
        fails = start(account, "fails", {"Steps": [train, after]})
        resumed = start(account, "resumed", {"Steps": [train | {"RetryPolicies": [again]}]})
        first = [wait_for_attempt(account, arn, 0) for arn in (fails, resumed)]
    with run_service("process", state) as account:
        told = ended(account, fails)
        assert told["PipelineExecutionStatus"] == "Failed"
        assert told["FailureReason"] == f"Step Train: {LOST}"
        assert list(steps(account, fails)) == ["Train"]
        second = wait_for_attempt(account, resumed, 1)
        account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=resumed)
        assert ended(account, resumed)["PipelineExecutionStatus"] == "Stopped"
        assert list_jobs(account) == {**dict.fromkeys(first, "Failed"), second: "Stopped"}


def test_the_service_ends_while_an_execution_is_stopping(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as account:
        queue = str(account.client("sqs").create_queue(QueueName="stopping")["QueueUrl"])
        arn = start(account, "stopping", build(queue))
        token = receive(account, queue)["token"]
        account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
        assert receive(account, queue)["status"] == "Stopping"
    with run_service("process", tmp_path) as account:
        assert steps(account, arn)["Wait"]["StepStatus"] == "Stopping"
        account.sagemaker.send_pipeline_execution_step_failure(CallbackToken=token)
        assert ended(account, arn)["PipelineExecutionStatus"] == "Stopped"
