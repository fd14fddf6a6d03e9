"""Stacks through the AWS API: their resources are created by this service's own APIs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.stacks.resource import STACK
from tests.clients.account import Account

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Steps:
    Type: Number
    Default: 2
    MaxValue: 9
  Stage: {Type: String, AllowedValues: [staging, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Group:
    Type: AWS::SageMaker::ModelPackageGroup
    Properties:
      ModelPackageGroupName: !Sub ${AWS::StackName}-group
      ModelPackageGroupDescription: !If [IsProd, for everyone, for us]
  Data:
    Type: AWS::S3::Bucket
    DependsOn: Group
    Properties: {Tags: [{Key: Stage, Value: !Ref Stage}]}
  Extra:
    Type: AWS::S3::Bucket
    Condition: IsProd
  Pipeline:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: !Join [-, [!Ref Stage, flow]]
      RoleArn: arn:aws:iam::123456789012:role/service-role/any
      ParallelismConfiguration: {MaxParallelExecutionSteps: !Ref Steps}
      PipelineDefinition:
        PipelineDefinitionBody: !Sub |
          {"Version": "2020-12-01", "Steps": [{"Name": "End", "Type": "Fail",
           "Arguments": {"ErrorMessage": "${Data.Arn} ${!kept}"}}]}
Outputs:
  Bucket: {Value: !Ref Data, Description: where data lie}
  Arn: {Value: !GetAtt Group.ModelPackageGroupArn}
"""


def give(**texts: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": text} for key, text in texts.items()]


def settled(cloud: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        stack = cloud.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return dict(stack)
        assert time.monotonic() < deadline, stack
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cloud(account: Account) -> Any:
    return account.client("cloudformation")


def test_a_stack_is_created_updated_and_deleted(account: Account, cloud: Any) -> None:
    stack_id = cloud.create_stack(
        StackName="whole",
        TemplateBody=TEMPLATE,
        Parameters=give(Stage="staging"),
        Tags=[{"Key": "team", "Value": "us"}],
    )["StackId"]
    stack = settled(cloud, "whole")
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Arn"].endswith(":model-package-group/whole-group")
    listed = cloud.describe_stack_resources(StackName=stack_id)["StackResources"]
    assert [one["LogicalResourceId"] for one in listed].index("Group") < [
        one["LogicalResourceId"] for one in listed
    ].index("Data")
    assert {one["LogicalResourceId"] for one in listed} == {"Group", "Data", "Pipeline"}
    sagemaker = account.sagemaker
    group = sagemaker.describe_model_package_group(ModelPackageGroupName="whole-group")
    assert group["ModelPackageGroupDescription"] == "for us"
    assert {"Key": "team", "Value": "us"} in sagemaker.list_tags(ResourceArn=outputs["Arn"])["Tags"]
    pipeline = sagemaker.describe_pipeline(PipelineName="staging-flow")
    assert pipeline["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    said = f"arn:aws:s3:::{outputs['Bucket']} ${{kept}}"
    assert said in json.loads(pipeline["PipelineDefinition"])["Steps"][0]["Arguments"].values()

    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        cloud.update_stack(
            StackName="whole",
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Stage", "UsePreviousValue": True}],
        )
    cloud.update_stack(StackName="whole", TemplateBody=TEMPLATE, Parameters=give(Stage="prod"))
    stack = settled(cloud, "whole")
    # The group cannot be changed under the name that the template gives it.
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", stack
    assert stack["Parameters"] == [
        {"ParameterKey": "Steps", "ParameterValue": "2"},
        {"ParameterKey": "Stage", "ParameterValue": "staging"},
    ]
    told = {
        one["ResourceStatusReason"] for one in list_events(cloud) if "ResourceStatusReason" in one
    }
    assert any("a custom-named resource requires replacing" in one for one in told), told

    cloud.delete_stack(StackName="whole")
    assert settled(cloud, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id whole does not exist"):
        cloud.describe_stacks(StackName="whole")
    assert not sagemaker.list_model_package_groups(NameContains="whole")[
        "ModelPackageGroupSummaryList"
    ]
    assert outputs["Bucket"] not in {one["Name"] for one in account.s3.list_buckets()["Buckets"]}


def list_events(cloud: Any) -> list[dict[str, Any]]:
    return list(cloud.describe_stack_events(StackName="whole")["StackEvents"])


ROLE_AND_RULE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonSageMakerFullAccess]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handle
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handle(event, context): return 7"}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.sagemaker]}
      Targets: [{Id: one, Arn: %s}]
"""


def test_a_failed_creation_is_rolled_back_with_its_reason(account: Account, cloud: Any) -> None:
    given = {"TemplateBody": ROLE_AND_RULE % "'arn:aws:batch:eu-central-1:123456789012:job/x'"}
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]") as refused:
        cloud.create_stack(StackName="fails", **given)
    assert refused.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
    cloud.create_stack(StackName="fails", **given, Capabilities=["CAPABILITY_IAM"])
    stack = settled(cloud, "fails")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloud.describe_stack_events(StackName="fails")["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert [one["LogicalResourceId"] for one in failed] == ["Rule"]
    assert "arn:aws:batch" in failed[0]["ResourceStatusReason"]
    assert not cloud.list_stack_resources(StackName="fails")["StackResourceSummaries"]
    functions = account.client("lambda").list_functions()["Functions"]
    assert not [one for one in functions if one["FunctionName"].startswith("fails-")]
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        cloud.update_stack(StackName="fails", **given, Capabilities=["CAPABILITY_IAM"])


def test_a_change_set_creates_and_then_updates_a_stack(account: Account, cloud: Any) -> None:
    target = ROLE_AND_RULE % "!GetAtt Function.Arn"

    def execute(kind: str, text: str) -> list[tuple[str, str]]:
        named = {"StackName": "set", "ChangeSetName": kind.lower()}
        cloud.create_change_set(
            **named, ChangeSetType=kind, TemplateBody=text, Capabilities=["CAPABILITY_IAM"]
        )
        told = cloud.describe_change_set(**named)
        assert told["Status"] == "CREATE_COMPLETE", told
        cloud.execute_change_set(**named)
        assert settled(cloud, "set")["StackStatus"] == f"{kind}_COMPLETE"
        listed = [one["ResourceChange"] for one in told["Changes"]]
        return [(one["Action"], one["LogicalResourceId"]) for one in listed]

    assert execute("CREATE", target) == [("Add", name) for name in ("Role", "Function", "Rule")]
    found = cloud.describe_stack_resource(StackName="set", LogicalResourceId="Function")
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    invoke = account.client("lambda").invoke
    assert invoke(FunctionName=name)["Payload"].read() == b"7"
    # The function changes, and so may what refers to it; the role stays.
    assert execute("UPDATE", target.replace("return 7", "return 8")) == [
        ("Modify", "Function"),
        ("Modify", "Rule"),
    ]
    assert invoke(FunctionName=name)["Payload"].read() == b"8"
    same = {"StackName": "set", "ChangeSetName": "same", "UsePreviousTemplate": True}
    cloud.create_change_set(**same, Capabilities=["CAPABILITY_IAM"])
    told = cloud.describe_change_set(StackName="set", ChangeSetName="same")
    assert (told["Status"], told["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    cloud.update_termination_protection(StackName="set", EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection"):
        cloud.delete_stack(StackName="set")


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        ("CREATE_IN_PROGRESS", "CREATE_FAILED"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
    ],
)
def test_a_deployment_that_is_cut_off_has_failed(status: str, failed: str) -> None:
    changes = STACK.describe_failure({"StackStatus": status}, "the service ended", 1.0)
    assert changes["StackStatus"] == failed
    assert changes["StackStatusReason"] == "the service ended"


def test_operations_and_fields_that_are_not_there_are_refused(cloud: Any) -> None:
    with pytest.raises(ClientError, match="DetectStackDrift of cloudformation is not supported"):
        cloud.detect_stack_drift(StackName="whole")
    with pytest.raises(ClientError, match="TimeoutInMinutes of CreateStack is not supported"):
        cloud.create_stack(StackName="slow", TemplateBody=TEMPLATE, TimeoutInMinutes=1)
    with pytest.raises(ClientError, match=r"Parameters: \[Stage\] must have values"):
        cloud.create_stack(StackName="slow", TemplateBody=TEMPLATE)
    assert (
        cloud.validate_template(TemplateBody=TEMPLATE)["Parameters"][0]["ParameterKey"] == "Steps"
    )
