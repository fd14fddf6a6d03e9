"""AWS inside of containers: jobs and endpoints read and write S3 as their role, on both engines."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.request
from typing import Any

import pytest

from tests.clients.account import REGION, ROLE, Account, name_image, wait_until_settled

IMAGE = name_image("aws-user")
SOURCE = {"SOURCE": "s3://cloud/hello"}
OFFLINE = {**SOURCE, "AWS_EC2_METADATA_DISABLED": "true"}
IDENTITY = "arn:aws:sts::123456789012:assumed-role/any/SageMaker"
METHODS = {"process": "container-role", "docker": "iam-role"}


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["cloud"])


def process(account: Account, name: str, **more: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 1, "InstanceCount": 1}
    account.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=more.pop("role", ROLE),
        ProcessingResources={"ClusterConfig": cluster},
        AppSpecification={"ImageUri": IMAGE, "ContainerArguments": ["process"]},
        Environment=SOURCE | more.pop("environment", {}),
        **more,
    )
    return wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName=name),
        "ProcessingJobStatus",
    )


def deploy(account: Account, name: str, environment: dict[str, str], **more: Any) -> None:
    account.sagemaker.create_model(
        ModelName=name, PrimaryContainer={"Image": IMAGE, "Environment": environment}, **more
    )
    variant = {"VariantName": "all", "ModelName": name}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant | {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}],
    )
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName=name), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told


def invoke(account: Account, name: str) -> dict[str, Any]:
    answer = account.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"{}")
    return dict(json.loads(answer["Body"].read()))


@pytest.fixture(scope="module")
def served(cloud: Account) -> dict[str, Any]:
    """The report of an endpoint that stays in service."""
    deploy(cloud, "open", SOURCE, ExecutionRoleArn=ROLE)
    return invoke(cloud, "open")


def test_an_endpoint_and_a_transform_job_use_s3_as_the_models_role(
    cloud: Account, served: dict[str, Any], engine_name: str
) -> None:
    assert served["url"].startswith("http://1")
    assert f"DefaultS3Bucket: sagemaker-{REGION}-123456789012\n" in served["settings"]
    assert {name: served[name] for name in served if name not in {"url", "settings"}} == {
        "region": REGION,
        "account": "123456789012",
        "method": METHODS[engine_name],
        "probes": ["HTTP/1.1 200 OK"],
        "object": "from S3",
        "identity": IDENTITY,
        "expires": True,
    }
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://cloud/hello"}}
    cloud.sagemaker.create_transform_job(
        TransformJobName="transforms",
        ModelName="open",
        TransformInput={"DataSource": source},
        TransformOutput={"S3OutputPath": "s3://cloud/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    told = wait_until_settled(
        lambda: cloud.sagemaker.describe_transform_job(TransformJobName="transforms"),
        "TransformJobStatus",
    )
    assert told["TransformJobStatus"] == "Completed", told
    assert json.loads(cloud.get("s3://cloud/out/hello.out"))["identity"] == IDENTITY


def test_a_training_job_writes_to_s3_and_reaches_no_listener_of_another_network(
    cloud: Account, served: dict[str, Any], engine_name: str
) -> None:
    listener = served["url"].removeprefix("http://")
    environment = SOURCE | {"PROBE": listener if engine_name == "docker" else ""}
    cloud.train("trains", IMAGE, "s3://cloud/hello", Environment=environment)
    told = cloud.trained("trains")
    assert told["TrainingJobStatus"] == "Completed", told
    report = json.loads(cloud.get("s3://cloud/hello.train"))
    assert report["identity"] == IDENTITY
    other = ["closed"] if engine_name == "docker" else []
    assert report["probes"] == ["HTTP/1.1 200 OK", *other]


def test_a_processing_job_keeps_the_variables_of_the_user(cloud: Account) -> None:
    role, account = "arn:aws:iam::999999999999:role/another", {"AWS_ACCOUNT_ID": "111122223333"}
    told = process(cloud, "processes", role=role, environment=account)
    assert told["ProcessingJobStatus"] == "Completed", told
    report = json.loads(cloud.get("s3://cloud/hello.process"))
    assert report["account"] == "111122223333"
    # There is one account here, so the role of another account acts in this one.
    assert report["identity"] == "arn:aws:sts::123456789012:assumed-role/another/SageMaker"


def test_a_network_isolated_job_has_no_access(cloud: Account) -> None:
    isolated = {"EnableNetworkIsolation": True}
    told = process(cloud, "isolated", environment=OFFLINE, NetworkConfig=isolated)
    assert told["ProcessingJobStatus"] == "Failed"
    assert "Unable to locate credentials" in told["FailureReason"]


def test_a_network_isolated_endpoint_has_no_access(
    cloud: Account, served: dict[str, Any], engine_name: str
) -> None:
    listener = served["url"].removeprefix("http://")
    probe = {"PROBE": listener if engine_name == "docker" else ""}
    deploy(cloud, "sealed", OFFLINE | probe, ExecutionRoleArn=ROLE, EnableNetworkIsolation=True)
    report = invoke(cloud, "sealed")
    assert report["probes"] == (["closed"] if engine_name == "docker" else [])
    assert (report["url"], report["method"], report["region"]) == ("", None, None)


def test_this_machine_does_not_reach_the_listener(served: dict[str, Any], engine_name: str) -> None:
    if engine_name != "docker":
        pytest.skip("programs of the process engine use the address of the service itself")
    _, _, port = served["url"].removeprefix("http://").partition(":")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        urllib.request.urlopen(f"{served['url']}/_health")
    with socket.socket() as probe:  # bound to the gateway alone
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0
