"""Install, or remove, what deploys approved models: a function, its role, a rule and an alarm.

    python -m deployment.install --endpoint abalone --group abalone --role ROLE
    python -m deployment.install --endpoint abalone --group abalone --role ROLE --remove

ROLE is the ARN of the models' execution role. Everything is named after the endpoint, and to
install it again updates it.
"""

import argparse
import io
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .handler import VARIANT

_HANDLER = Path(__file__).with_name("handler.py")
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_ACTIONS = [
    "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModel",
    "sagemaker:CreateModel", "sagemaker:DescribeEndpointConfig", "sagemaker:CreateEndpointConfig",
    "sagemaker:DescribeEndpoint", "sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint",
    "sagemaker:DeleteEndpoint",
    "cloudwatch:DescribeAlarms", "logs:CreateLogGroup", "logs:CreateLogStream",
    "logs:PutLogEvents",
]  # fmt: skip


def main(words: Sequence[str] | None = None) -> None:
    """Install or remove it."""
    parser = argparse.ArgumentParser(description="Deploy approved models to an endpoint.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--group", required=True, help="model package group")
    parser.add_argument("--role", required=True, help="ARN of the models' execution role")
    parser.add_argument("--instance-type", default="ml.m5.large")
    parser.add_argument("--instance-count", type=int, default=2)
    parser.add_argument(
        "--wait-seconds", type=int, default=300, help="of the canary, and before the old one ends"
    )
    parser.add_argument("--remove", action="store_true")
    arguments = parser.parse_args(words)
    name = f"deploy-{arguments.endpoint}"
    alarm = f"{name}-errors"
    if arguments.remove:
        remove(name, alarm)
        print(f"removed {name}")
        return
    put_alarm(alarm, arguments.endpoint)
    role = put_role(name, arguments.role)
    environment = {
        "ENDPOINT": arguments.endpoint,
        "GROUP": arguments.group,
        "ROLE": arguments.role,
        "ALARMS": alarm,
        "INSTANCE_TYPE": arguments.instance_type,
        "INSTANCE_COUNT": str(arguments.instance_count),
        "WAIT_SECONDS": str(arguments.wait_seconds),
    }
    function = put_function(name, role, environment)
    put_rule(name, arguments.group, function)
    print(f"approvals in {arguments.group} deploy to {arguments.endpoint} by {function}")


def put_alarm(name: str, endpoint: str) -> None:
    """Create the alarm that rolls an update back: an answer with status 5xx within a minute."""
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": VARIANT},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def put_role(name: str, model_role: str) -> str:
    """Create or update the function's role; return its ARN."""
    iam = boto3.client("iam")
    allowed = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    passed = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": model_role}
    policy = {"Version": "2012-10-17", "Statement": [allowed, passed]}
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=name)
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    return str(role["Role"]["Arn"])


def put_function(name: str, role: str, environment: dict[str, str]) -> str:
    """Create or update the function; return its ARN."""
    client, code = boto3.client("lambda"), pack_handler()
    settings: dict[str, Any] = {
        "Role": role,
        "Handler": "handler.handle",
        "Runtime": "python3.12",
        "Timeout": 60,
        "Environment": {"Variables": environment},
    }
    try:
        arn = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    except client.exceptions.ResourceNotFoundException:
        created = _retry_until_role_is_usable(
            lambda: client.create_function(FunctionName=name, Code={"ZipFile": code}, **settings)
        )
        return str(created["FunctionArn"])
    client.update_function_configuration(FunctionName=name, **settings)
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    client.update_function_code(FunctionName=name, ZipFile=code)
    return str(arn)


def put_rule(name: str, group: str, function: str) -> None:
    """Create or update the rule that calls the function for approvals and rejections."""
    events, functions = boto3.client("events"), boto3.client("lambda")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["Approved", "Rejected"],
        },
    }
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    with suppress(functions.exceptions.ResourceConflictException):  # it has the permission
        functions.add_permission(
            FunctionName=name,
            StatementId=name,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule,
        )
    events.put_targets(Rule=name, Targets=[{"Id": "deploy", "Arn": function}])


def remove(name: str, alarm: str) -> None:
    """Remove rule, function, role and alarm; what is not there is left out."""
    events, iam = boto3.client("events"), boto3.client("iam")
    steps: list[Callable[[], Any]] = [
        lambda: events.remove_targets(Rule=name, Ids=["deploy"]),
        lambda: events.delete_rule(Name=name),
        lambda: boto3.client("lambda").delete_function(FunctionName=name),
        lambda: iam.delete_role_policy(RoleName=name, PolicyName=name),
        lambda: iam.delete_role(RoleName=name),
        lambda: boto3.client("cloudwatch").delete_alarms(AlarmNames=[alarm]),
    ]
    for step in steps:
        try:
            step()
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ResourceNotFoundException", "NoSuchEntity"}:
                raise


def pack_handler() -> bytes:
    """Return a zip archive with the handler, the same bytes for the same code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), _HANDLER.read_text(encoding="utf-8"))
    return buffer.getvalue()


def _retry_until_role_is_usable(create: Callable[[], Any], attempts: int = 10) -> Any:
    """Create a function; IAM needs some seconds until Lambda may assume a new role."""
    for _ in range(attempts):
        try:
            return create()
        except ClientError as error:
            if "cannot be assumed" not in error.response["Error"]["Message"]:
                raise
            time.sleep(3)
    return create()


if __name__ == "__main__":
    main()
