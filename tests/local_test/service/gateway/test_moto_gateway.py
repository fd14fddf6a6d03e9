"""Calls to other AWS services: what moto cannot do is an error that clients parse at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service import execution_role
from tests.clients.account import Account
from tests.clients.sweep import call_operations, make_client

SAMPLE = 6
"""Operations of each service; the others fail in the same ways."""

SERVICES = {
    "apigateway": "rest-json",
    "arc-region-switch": "smithy-rpc-v2-cbor",
    "athena": "json",
    "cloudformation": "query",
    "cloudfront": "rest-xml",
    "cloudwatch": "query",
    "ec2": "ec2",
    "ecr": "json",
    "glue": "json",
    "iam": "query",
    "lambda": "rest-json",
    "logs": "json",
    "route53": "rest-xml",
    "s3": "rest-xml",
    "servicecatalog": "json",
    "stepfunctions": "json",
}


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_of_the_services_protocol(
    watched: tuple[Account, Path], service: str
) -> None:
    account, terminal = watched
    client = make_client(account, service)
    assert SERVICES[service] in client.meta.service_model.metadata["protocols"]
    names = list(client.meta.service_model.operation_names)
    answers = call_operations(client, names[:: max(1, len(names) // SAMPLE)])
    assert len(answers) >= SAMPLE
    assert [answer for answer in answers if not answer.is_sound] == []
    assert [answer for answer in answers if answer.status >= 400 and not answer.code] == []
    assert "Traceback" not in terminal.read_text()


@pytest.mark.parametrize(
    ("service", "operation", "code", "parameters"),
    [
        ("cloudformation", "list_exports", "InvalidAction", {}),
        ("ec2", "describe_network_insights_access_scopes", "InvalidAction", {}),
        ("quicksight", "list_brands", "InvalidRequestException", {"AwsAccountId": "1" * 12}),
        ("cloudfront", "list_trust_stores", "NotImplemented", {}),
        ("arc-region-switch", "list_plans", "ValidationException", {}),  # moto has no CBOR
        ("sns", "subscribe", "ValidationError", {"TopicArn": "a", "Protocol": "sqs"}),  # it crashes
    ],
)
def test_a_refusal_has_a_code_of_the_service(
    watched: tuple[Account, Path],
    service: str,
    operation: str,
    code: str,
    parameters: dict[str, str],
) -> None:
    client = make_client(watched[0], service)
    name = client.meta.method_to_api_mapping[operation]
    sentence = f"{name} of {service} (is not supported by|failed in)"
    with pytest.raises(ClientError, match=sentence) as caught:
        getattr(client, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_errors_that_moto_answers_stay_as_they_are(watched: tuple[Account, Path]) -> None:
    iam, s3 = make_client(watched[0], "iam"), make_client(watched[0], "s3")
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="Role none not found"):
        iam.get_role(RoleName="none")
    with pytest.raises(s3.exceptions.NoSuchBucket, match="bucket does not exist"):
        s3.get_object(Bucket="none", Key="k")


def test_a_policy_of_aws_is_attached_to_a_role(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="attached", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    iam.attach_role_policy(RoleName="attached", PolicyArn=arn)
    [attached] = iam.list_attached_role_policies(RoleName="attached")["AttachedPolicies"]
    assert attached["PolicyArn"] == arn


def test_each_partition_has_policies_and_the_role_of_the_callers(account: Account) -> None:
    for partition, region in (("aws", "eu-central-1"), ("aws-cn", "cn-north-1")):
        iam = make_client(account, "iam", region)
        role = iam.get_role(RoleName=execution_role.NAME)["Role"]
        assert role["Arn"].startswith(f"arn:{partition}:iam::123456789012:role/service-role/")
        policy = f"arn:{partition}:iam::aws:policy/AmazonSageMakerFullAccess"
        iam.attach_role_policy(RoleName=execution_role.NAME, PolicyArn=policy)
        [attached] = iam.list_attached_role_policies(RoleName=execution_role.NAME)[
            "AttachedPolicies"
        ]
        assert attached["PolicyArn"] == policy
