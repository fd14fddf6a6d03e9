"""Retries, selected steps, resumption and control of executions, with steps that are quick."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.clock import SERVICE_CLOCK
from local_test.service.resources.pipelines import retry_policies
from local_test.service.resources.pipelines.control_operations import resume_executions
from local_test.service.resources.pipelines.resource import EXECUTION
from local_test.service.resources.pipelines.retry_policies import (
    RETRIED_KINDS,
    RetryPolicy,
)
from tests.clients.account import REGION
from tests.local_test.service.resources.pipelines.executions.quick_steps import (
    QuickService,
    open_quick_service,
    quick,
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retry_policies, "RETRIED_KINDS", RETRIED_KINDS | {"Quick"})
        with open_quick_service(tmp_path_factory.mktemp("executions")) as opened:
            yield opened


INTERNAL = "InternalServerError: the machine was lost"


def retry(*types: str, **more: float) -> list[dict[str, object]]:
    return [{"ExceptionType": list(types), "IntervalSeconds": 0} | more]


def test_a_step_is_retried_until_it_succeeds(service: QuickService) -> None:
    policies = retry("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=3)
    service.create("heals", [quick("A", INTERNAL, INTERNAL, "Succeeded", RetryPolicies=policies)])
    arn = service.start("heals")
    assert service.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    [step] = service.list_steps(arn).values()
    assert (step["AttemptCount"], step["Metadata"]["Lambda"]["Arn"]) == (2, "quick/3")


def test_a_step_fails_after_its_last_attempt(service: QuickService) -> None:
    policies = retry("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=2)
    service.create("ill", [quick("A", INTERNAL, RetryPolicies=policies)])
    arn = service.start("ill")
    told = service.wait(arn)
    assert told["FailureReason"] == f"Step A: {INTERNAL}"
    [step] = service.list_steps(arn).values()
    assert (step["StepStatus"], step["AttemptCount"]) == ("Failed", 2)


@pytest.mark.parametrize("reason", ["AlgorithmError: x", "CapacityError: x", "ValidationException"])
def test_other_failures_are_not_retried(service: QuickService, reason: str) -> None:
    name = f"other-{reason[:5]}"
    policies = retry("SageMaker.JOB_INTERNAL_ERROR", "Step.THROTTLING", MaxAttempts=5)
    service.create(name, [quick("A", reason, "Succeeded", RetryPolicies=policies)])
    arn = service.start(name)
    assert service.wait(arn)["PipelineExecutionStatus"] == "Failed"
    assert service.list_steps(arn)["A"]["AttemptCount"] == 0


def wait_for_attempt(service: QuickService, arn: str, number: int) -> None:
    deadline = time.monotonic() + 60
    while service.kind.attempts.get((arn, "A"), 0) < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_throttling_is_retried_without_a_policy_at_its_time(service: QuickService) -> None:
    """Its interval of a second is the service's, whose clock is moved."""
    ends = ("ThrottlingException", "ThrottlingException", "Succeeded")
    service.create("throttled", [quick("A", *ends)])
    before = SERVICE_CLOCK.offset
    try:
        arn = service.start("throttled")
        wait_for_attempt(service, arn, 1)
        SERVICE_CLOCK.move_to(SERVICE_CLOCK.read() + 3)
        wait_for_attempt(service, arn, 2)
        SERVICE_CLOCK.move_to(SERVICE_CLOCK.read() + 3)
        assert service.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    finally:
        SERVICE_CLOCK.offset = before
    assert service.list_steps(arn)["A"]["AttemptCount"] == 2


def test_the_interval_grows_and_ends() -> None:
    policy = RetryPolicy(frozenset(), interval=10, backoff_rate=3, max_attempts=2)
    assert [policy.plan_retry(count, 0, 100) for count in range(3)] == [110, 130, None]
    expiring = RetryPolicy(frozenset(), interval=10, backoff_rate=1, expire_after=60)
    assert [expiring.plan_retry(9, 100, time) for time in (159, 160)] == [169, None]


def test_policies_are_refused_for_steps_that_are_not_retried(service: QuickService) -> None:
    fail = {"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}
    with pytest.raises(ClientError, match="RetryPolicies of step F: a Fail step is not retried"):
        service.create("never", [fail | {"RetryPolicies": retry("Step.THROTTLING")}])


CHAIN = [
    quick("A", Value=7),
    quick("B", "ClientError: x", "Succeeded", Value={"Get": "Steps.A.Value"}),
    quick("C", Value={"Get": "Steps.B.Value"}),
]


def test_a_failed_execution_is_retried_where_it_failed(service: QuickService) -> None:
    service.create("again", CHAIN)
    arn = service.start("again")
    assert service.wait(arn)["PipelineExecutionStatus"] == "Failed"
    first = service.list_steps(arn)["A"]
    retried = service.client.retry_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken="r" * 32
    )
    assert retried["PipelineExecutionArn"] == arn
    told = service.wait(arn)
    assert (told["PipelineExecutionStatus"], "FailureReason" in told) == ("Succeeded", False)
    found = service.list_steps(arn)
    assert found["A"] == first
    assert [service.kind.attempts[arn, name] for name in "ABC"] == [1, 2, 1]
    service.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="r" * 32)
    with pytest.raises(ClientError, match=r"is in status Succeeded: .* Retry one that has failed"):
        service.client.retry_pipeline_execution(PipelineExecutionArn=arn)


def test_selected_steps_take_values_from_the_source(service: QuickService) -> None:
    service.create("select", [*CHAIN, quick("D", DependsOn=["C"])])
    source = service.start("select")
    service.wait(source)
    steps = [{"StepName": name} for name in ("B", "C")]
    config: dict[str, object] = {"SourcePipelineExecutionArn": source, "SelectedSteps": steps}
    arn = service.start("select", SelectiveExecutionConfig=config)
    service.wait(arn)
    service.client.retry_pipeline_execution(PipelineExecutionArn=arn)
    told = service.wait(arn)
    assert told["PipelineExecutionStatus"] == "Succeeded"
    assert told["SelectiveExecutionConfig"]["SelectedSteps"] == steps
    assert re.fullmatch(r"execution-\d{13}", told["PipelineExecutionDisplayName"])
    found = service.list_steps(arn)
    assert list(found) == ["A", "B", "C"]
    assert found["A"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert (arn, "A") not in service.kind.attempts
    for chosen, given, sentence in (
        ("BD", {"SourcePipelineExecutionArn": source}, "The step C is between two selected steps"),
        ("X", {}, "The pipeline has no steps X"),
        ("B", {}, "The selected steps need A: SelectiveExecutionConfig. Give the execution"),
        ("C", {"SourcePipelineExecutionArn": source}, "The step B has not succeeded in "),
        ("B", {"SourcePipelineExecutionArn": f"{source}x"}, "does not exist"),
        ("B", {"SourcePipelineExecutionArn": source.replace("/select/", "/x/")}, "does not exist"),
    ):
        wanted = {**given, "SelectedSteps": [{"StepName": name} for name in chosen]}
        with pytest.raises(ClientError, match=sentence):
            service.start("select", SelectiveExecutionConfig=wanted)
    service.create("elsewhere", CHAIN)
    with pytest.raises(ClientError, match="is an execution of another pipeline"):
        service.start("elsewhere", SelectiveExecutionConfig=told["SelectiveExecutionConfig"])


def test_an_execution_goes_on_where_its_record_is(service: QuickService) -> None:
    """As after a restart: what has ended stays, what ran is taken up, what was cut off fails."""
    steps = [*CHAIN[:1], quick("B", Value={"Get": "Steps.A.Value"}), quick("E", DependsOn=["B"])]
    service.create("resumed", steps)
    arn = service.start("resumed")
    service.wait(arn)
    name = arn.rpartition("/")[2]
    record = service.backend.records.get(EXECUTION, REGION, name)
    running = {"StepStatus": "Executing", "EndTime": None}
    entries = [record["Steps"][0], record["Steps"][1] | running]
    ran = {EXECUTION.status_field: "Executing"}
    service.backend.records.update(EXECUTION, REGION, name, Steps=entries, **ran)
    resume_executions(service.backend)
    assert service.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert [service.kind.attempts[arn, step] for step in "ABE"] == [1, 1, 2]
    entries[1] |= {"Metadata": None}
    service.backend.records.update(EXECUTION, REGION, name, Steps=entries, **ran)
    resume_executions(service.backend)
    reason = "Step B: InternalServerError: the local service ended while the step started."
    assert service.wait(arn)["FailureReason"] == reason
    assert [service.kind.attempts[arn, step] for step in "ABE"] == [1, 1, 2]
    service.backend.records.update(
        EXECUTION, REGION, name, Steps=entries[:1], **{EXECUTION.status_field: "Stopping"}
    )
    resume_executions(service.backend)
    assert service.wait(arn)["PipelineExecutionStatus"] == "Stopped"


def test_an_execution_that_cannot_be_read_fails(service: QuickService) -> None:
    service.create("unread", CHAIN[:1])
    arn = service.start("unread")
    service.wait(arn)
    name, status = arn.rpartition("/")[2], EXECUTION.status_field
    entries = [{"StepName": "A", "StepStatus": "Executing", "StartTime": 1.0}]
    changes = {"PipelineDefinition": "{", "Steps": entries, status: "Executing"}
    service.backend.records.update(EXECUTION, REGION, name, **changes)
    resume_executions(service.backend)
    reason = service.wait(arn)["FailureReason"]
    assert reason.startswith("InternalServerError: ApiError: Unable to parse pipeline definition")
    [step] = service.list_steps(arn).values()
    assert (step["StepStatus"], step["FailureReason"]) == ("Failed", reason)


def test_a_pipeline_without_a_definition_is_refused(service: QuickService) -> None:
    with pytest.raises(ClientError, match="The pipeline definition is missing"):
        service.client.create_pipeline(
            PipelineName="undefined", RoleArn="arn:aws:iam::123456789012:role/r"
        )


def test_an_execution_can_be_described_anew_while_it_runs(service: QuickService) -> None:
    service.create("renamed", [quick("A", Looks=10**6)])
    arn = service.start("renamed")
    service.client.update_pipeline_execution(
        PipelineExecutionArn=arn,
        PipelineExecutionDisplayName="tuned",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    told = service.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert told["PipelineExecutionDisplayName"] == "tuned"
    assert told["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
    with pytest.raises(ClientError, match="has executions that have not ended"):
        service.client.delete_pipeline(PipelineName="renamed")
    for _ in range(2):  # a client may send the same request again
        service.client.stop_pipeline_execution(
            PipelineExecutionArn=arn, ClientRequestToken="s" * 32
        )
    assert service.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    service.client.delete_pipeline(PipelineName="renamed")
    with pytest.raises(ClientError, match="does not exist"):
        service.client.describe_pipeline_execution(PipelineExecutionArn=arn)
