"""Rules deliver the events of resources and of clients to their targets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, name_image
from tests.local_test.service.resources.pipelines.test_pipelines import training

ARN = f"arn:aws:{{}}:{REGION}:123456789012:{{}}"


def name_arn(service: str, resource: str) -> str:
    return ARN.format(service, resource)


class Inbox:
    """A queue that is the target of rules."""

    def __init__(self, account: Account, name: str) -> None:
        self._client = account.client("sqs")
        self._url = self._client.create_queue(QueueName=name)["QueueUrl"]
        self.arn = name_arn("sqs", name)

    def read(self, count: int) -> list[Any]:
        """Give the next messages, of which there must be so many."""
        return [json.loads(body) for body in self.read_texts(count)]

    def read_texts(self, count: int) -> list[str]:
        found: list[str] = []
        deadline = time.monotonic() + 60
        while len(found) < count:
            assert time.monotonic() < deadline, found
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=600
            )
            found += [message["Body"] for message in answer.get("Messages", ())]
            time.sleep(0.05)
        assert len(found) == count, found
        return found


Rule = Callable[..., None]


@pytest.fixture
def make_rule(account: Account) -> Rule:
    """Give a maker of rules on the events of SageMaker's resources, with one target."""
    client = account.client("events")

    def make(name: str, pattern: dict[str, Any], arn: str, **target: Any) -> None:
        client.put_rule(Name=name, EventPattern=json.dumps(pattern))
        client.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": arn, **target}])

    return make


def put(account: Account, source: str, **detail: Any) -> dict[str, Any]:
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail)}
    answer: dict[str, Any] = account.client("events").put_events(Entries=[entry])
    return answer


def test_a_training_job_sends_an_event_for_each_status(account: Account, make_rule: Rule) -> None:
    inbox = Inbox(account, "training-events")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {"TrainingJobName": ["watched"]},
    }
    make_rule("training-events", pattern, inbox.arn)
    account.bucket("watched", **{"in/a.csv": "1"})
    tags = [{"Key": "team", "Value": "prices"}]
    account.train("watched", name_image("standin"), "s3://watched/in", Tags=tags)
    described = account.trained("watched")
    events = inbox.read(5)
    assert [event["detail"]["SecondaryStatus"] for event in events] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    last = events[-1]
    assert last["version"] == "0"
    assert last["source"] == "aws.sagemaker"
    assert (last["account"], last["region"]) == ("123456789012", REGION)
    assert last["resources"] == [described["TrainingJobArn"]]
    detail = last["detail"]
    assert detail["TrainingJobStatus"] == "Completed"
    assert detail["TrainingJobArn"] == described["TrainingJobArn"]
    assert detail["ModelArtifacts"] == described["ModelArtifacts"]
    assert detail["InputDataConfig"] == described["InputDataConfig"]
    assert detail["Tags"] == {"team": "prices"}
    assert detail["TrainingEndTime"] == int(1000 * described["TrainingEndTime"].timestamp())
    ends = [step["StartTime"] for step in detail["SecondaryStatusTransitions"]]
    assert ends[0] == detail["CreationTime"]
    assert len({event["id"] for event in events}) == 5


def test_models_and_configurations_send_events_at_creation_and_removal(
    account: Account, make_rule: Rule
) -> None:
    inbox = Inbox(account, "hosting-events")
    types = ["SageMaker Model State Change", "SageMaker Endpoint Config State Change"]
    make_rule("hosting-events", {"detail-type": types}, inbox.arn)
    sagemaker = account.sagemaker
    container = {"Image": name_image("standin")}
    sagemaker.create_model(ModelName="seen", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "one", "ModelName": "seen", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="seen", ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    sagemaker.delete_endpoint_config(EndpointConfigName="seen")
    sagemaker.delete_model(ModelName="seen")
    events = inbox.read(4)
    kinds = [event["detail-type"] for event in events]
    assert kinds == [types[0], types[1], types[1], types[0]]
    assert events[0]["resources"] == [name_arn("sagemaker", "model/seen")]
    assert events[0]["detail"]["PrimaryContainer"] == container
    assert events[2]["detail"]["EndpointConfigName"] == "seen"


def test_an_endpoint_spells_its_status_as_on_the_service(account: Account, make_rule: Rule) -> None:
    inbox = Inbox(account, "endpoint-events")
    pattern = {"detail-type": ["SageMaker Endpoint State Change"]}
    pattern |= {"resources": [name_arn("sagemaker", "endpoint/failing")]}
    make_rule("endpoint-events", pattern, inbox.arn)
    container = {"Image": name_image("nothing")}
    account.bucket("failing", **{"model.tar.gz": "no archive"})
    container = {"Image": name_image("standin"), "ModelDataUrl": "s3://failing/model.tar.gz"}
    sagemaker = account.sagemaker
    sagemaker.create_model(ModelName="failing", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "one", "ModelName": "failing", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="failing", ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    sagemaker.create_endpoint(EndpointName="failing", EndpointConfigName="failing")
    creating, failed = (event["detail"] for event in inbox.read(2))
    assert (creating["EndpointStatus"], failed["EndpointStatus"]) == ("CREATING", "FAILED")
    assert failed["FailureReason"] != ""


def test_a_model_package_names_what_was_updated(account: Account, make_rule: Rule) -> None:
    inbox = Inbox(account, "package-events")
    pattern = {
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": ["watched"],
            "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        },
    }
    make_rule("package-events", pattern, inbox.arn)
    sagemaker = account.sagemaker
    sagemaker.create_model_package_group(ModelPackageGroupName="watched")
    account.bucket("packaged", **{"model.tar.gz": b"any"})
    container = {"Image": name_image("standin"), "ModelDataUrl": "s3://packaged/model.tar.gz"}
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="watched",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    approval = {"ModelApprovalStatus": "Approved", "ApprovalDescription": "good"}
    sagemaker.update_model_package(ModelPackageArn=arn, **approval)
    [event] = inbox.read(1)
    detail = event["detail"]
    assert event["resources"] == [arn]
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["UpdatedModelPackageFields"] == ["ModelApprovalStatus", "ApprovalDescription"]
    assert detail["CreationTime"].endswith("Z")


def test_a_pipeline_sends_events_of_its_execution_and_of_its_steps(
    account: Account, make_rule: Rule
) -> None:
    inbox = Inbox(account, "pipeline-events")
    arn = name_arn("sagemaker", "pipeline/watched")
    make_rule("pipeline-events", {"detail": {"pipelineArn": [arn]}}, inbox.arn)
    account.bucket("steps", **{"in/a.csv": "1"})
    definition = {"Version": "2020-12-01", "Steps": [training(act="fail")]}
    sagemaker = account.sagemaker
    sagemaker.create_pipeline(
        PipelineName="watched",
        PipelineDefinition=json.dumps(definition),
        ClientRequestToken="x" * 32,
        RoleArn=ROLE,
    )
    execution = sagemaker.start_pipeline_execution(PipelineName="watched")["PipelineExecutionArn"]
    events = inbox.read(4)
    whole = [event["detail"] for event in events if "Step" not in event["detail-type"]]
    steps = [event["detail"] for event in events if "Step" in event["detail-type"]]
    assert [one["currentPipelineExecutionStatus"] for one in whole] == ["Executing", "Failed"]
    assert "previousPipelineExecutionStatus" not in whole[0]
    assert whole[1]["previousPipelineExecutionStatus"] == "Executing"
    assert whole[1]["pipelineExecutionArn"] == execution
    assert events[0]["resources"] == [arn, execution]
    assert [(one["stepName"], one["currentStepStatus"]) for one in steps] == [
        ("Train", "Executing"),
        ("Train", "Failed"),
    ]
    assert steps[1]["stepType"] == "Training"
    assert ":training-job/" in steps[1]["metadata"]["trainingJob"]["arn"]
    assert "price" in steps[1]["failureReason"]
    assert steps[1]["stepEndTime"].endswith("Z")


def test_a_client_s_event_reaches_a_topic_a_log_group_and_another_bus(
    account: Account, make_rule: Rule
) -> None:
    inbox, far = Inbox(account, "topic-events"), Inbox(account, "bus-events")
    topic = account.client("sns").create_topic(Name="events")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn)
    pattern = {"source": ["my.app"], "detail": {"kind": ["spread"]}}
    make_rule("to-topic", pattern, topic, Input='{"said": "so"}')
    make_rule("to-log", pattern, name_arn("logs", "log-group:/aws/events/spread"))
    client = account.client("events")
    client.create_event_bus(Name="far")
    make_rule("to-bus", pattern, name_arn("events", "event-bus/far"))
    client.put_rule(Name="far", EventBusName="far", EventPattern=json.dumps(pattern))
    targets = [{"Id": "one", "Arn": far.arn, "InputPath": "$.detail"}]
    client.put_targets(Rule="far", EventBusName="far", Targets=targets)
    [entry] = put(account, "my.app", kind="spread")["Entries"]
    assert json.loads(inbox.read(1)[0]["Message"]) == {"said": "so"}
    assert far.read(1) == [{"kind": "spread"}]
    deadline = time.monotonic() + 60
    while not (lines := read_lines(account, "/aws/events/spread", entry["EventId"])):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert json.loads(lines[0])["detail"] == {"kind": "spread"}


def read_lines(account: Account, group: str, stream: str) -> list[str]:
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return account.lines(group, stream) if groups else []


def test_a_rule_starts_a_pipeline_with_parameters_of_the_event(
    account: Account, make_rule: Rule
) -> None:
    fail = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "done"}}
    parameter = {"Name": "Reason", "Type": "String", "DefaultValue": "none"}
    definition = {"Version": "2020-12-01", "Parameters": [parameter], "Steps": [fail]}
    account.sagemaker.create_pipeline(
        PipelineName="triggered",
        PipelineDefinition=json.dumps(definition),
        ClientRequestToken="x" * 32,
        RoleArn=ROLE,
    )
    make_rule(
        "to-pipeline",
        {"source": ["my.app"], "detail": {"kind": ["start"]}},
        name_arn("sagemaker", "pipeline/triggered"),
        RoleArn=ROLE,
        SageMakerPipelineParameters={
            "PipelineParameterList": [{"Name": "Reason", "Value": "$.detail.reason"}]
        },
    )
    put(account, "my.app", kind="start", reason="drift")
    [execution] = wait_for_executions(account, "triggered", 1)
    assert execution["PipelineParameters"] == [{"Name": "Reason", "Value": "drift"}]


def wait_for_executions(account: Account, pipeline: str, count: int) -> list[dict[str, Any]]:
    """Wait for so many executions, and give their parameters with them."""
    sagemaker = account.sagemaker
    deadline = time.monotonic() + 60
    while True:
        answer = sagemaker.list_pipeline_executions(PipelineName=pipeline, SortOrder="Ascending")
        found = answer["PipelineExecutionSummaries"]
        if len(found) >= count:
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert len(found) == count
    return [
        one
        | sagemaker.list_pipeline_parameters_for_execution(
            PipelineExecutionArn=one["PipelineExecutionArn"]
        )
        for one in found
    ]


def test_only_enabled_rules_that_still_exist_deliver(account: Account, make_rule: Rule) -> None:
    inbox = Inbox(account, "few-events")
    client = account.client("events")
    pattern = {"source": ["my.app"], "detail": {"kind": ["few"]}}
    for name in ("few-disabled", "few-deleted", "few-kept"):
        make_rule(name, pattern, inbox.arn, InputPath="$.detail.number")
    client.disable_rule(Name="few-disabled")
    client.remove_targets(Rule="few-deleted", Ids=["one"])
    client.delete_rule(Name="few-deleted")
    put(account, "my.app", kind="few", number=1)
    assert inbox.read(1) == [1]
    client.enable_rule(Name="few-disabled")
    put(account, "my.app", kind="few", number=2)
    assert inbox.read(2) == [2, 2]


def test_what_does_not_arrive_is_in_the_dead_letter_queue(
    account: Account, make_rule: Rule
) -> None:
    inbox = Inbox(account, "dead-events")
    pattern = {"source": ["my.app"], "detail": {"kind": ["dead"]}}
    missing = name_arn("sagemaker", "pipeline/missing")
    make_rule("dead", pattern, missing, DeadLetterConfig={"Arn": inbox.arn}, Input='"lost"')
    put(account, "my.app", kind="dead")
    assert inbox.read(1) == ["lost"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Arn": name_arn("kinesis", "stream/a")}, "unsupported target: arn:aws:kinesis:"),
        ({"Arn": name_arn("states", "stateMachine:a")}, "unsupported target: arn:aws:states:"),
        ({"Arn": name_arn("sagemaker", "endpoint/a")}, "unsupported target"),
        ({"Arn": name_arn("events", "api-destination/a/b")}, "unsupported target"),
        ({"Arn": "arn:aws:sqs:eu-central-1:111122223333:q"}, "target of another account"),
        ({"Arn": name_arn("sqs", "q.fifo")}, "SqsParameters must be specified"),
        ({"Arn": name_arn("sqs", "q"), "InputPath": "detail"}, "invalid JSON path 'detail'"),
    ],
)
def test_a_target_that_nothing_would_reach_is_refused(
    account: Account, target: dict[str, str], reason: str
) -> None:
    client = account.client("events")
    client.put_rule(Name="refusing", EventPattern='{"source": ["my.app"]}')
    with pytest.raises(ClientError, match="ValidationException") as caught:
        client.put_targets(Rule="refusing", Targets=[{"Id": "one", **target}])
    assert reason in caught.value.response["Error"]["Message"]
    assert client.list_targets_by_rule(Rule="refusing")["Targets"] == []


def test_bad_events_and_patterns_are_refused(account: Account) -> None:
    client = account.client("events")
    entries = [
        {"Source": "my.app", "DetailType": "Test", "Detail": "{"},
        {"Source": "my.app", "DetailType": "Test", "Detail": "[]"},
        {"Source": "aws.sagemaker", "DetailType": "Test", "Detail": "{}"},
        {"DetailType": "Test", "Detail": "{}"},
        {"Source": "my.app", "DetailType": "Test", "Detail": "{}"},
    ]
    answer = client.put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 4
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        "MalformedDetail",
        "MalformedDetail",
        "NotAuthorizedForSourceException",
        "InvalidArgument",
        None,
    ]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.put_events(Entries=[entries[-1] | {"EventBusName": "nowhere"}])
    with pytest.raises(ClientError, match=r"InvalidEventPatternException.*source must be"):
        client.put_rule(Name="bad", EventPattern='{"source": "a"}')
    with pytest.raises(ClientError, match="CreateArchive is not done by the local service"):
        client.create_archive(ArchiveName="a", EventSourceArn=name_arn("events", "event-bus/a"))


def test_a_pattern_is_tested_as_rules_match(account: Account) -> None:
    client = account.client("events")
    event = {"id": "1", "detail": {"status": "Failed"}}
    for status, result in (("Failed", True), ("Completed", False)):
        pattern = json.dumps({"detail": {"status": [status]}})
        answer = client.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))
        assert answer["Result"] is result
