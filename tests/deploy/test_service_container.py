"""`local-sagemaker up` in a container, by the compose file: its jobs run beside it on Docker."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import docker
import pytest
from docker.errors import ImageNotFound

from scripts.checkout.shell import ROOT
from scripts.release.service_image import PACKAGE, list_needed
from tests.conftest import absent
from tests.scripts.pushing import find_free_port

IMAGE = "tandem-service:latest"
ROLE = "arn:aws:iam::123456789012:role/any"
ROWS = "".join(f"{int(x > 3)},{x}\n" for x in range(8)) * 4
BUCKET = "service-container"


def test_the_image_has_what_the_extras_need_and_no_tools() -> None:
    needed = set(list_needed(PACKAGE))
    assert {"moto", "optuna", "redis", "scikit-learn", "xgboost-cpu", "werkzeug"} <= needed
    assert not needed & {"pytest", "mypy", "mlflow", "colorama", "tandem-local"}


@pytest.fixture
def address(docker_client: docker.DockerClient, tmp_path: Path) -> Iterator[str]:
    """Start the service by the compose file."""
    try:
        docker_client.images.get(IMAGE)
    except ImageNotFound:
        absent(f"{IMAGE} is not built: run 'make build-service'.")
    port = find_free_port()
    environment = {
        **os.environ,
        "TANDEM_ENGINE": "docker",
        "TANDEM_PORT": str(port),
        "TANDEM_FOLDER": str(tmp_path / "service"),
    }
    file = ROOT / "deploy/service/compose.yaml"
    compose = ["docker-compose", "-p", f"service-container-{port}", "-f", str(file)]
    try:
        subprocess.run([*compose, "up", "-d"], env=environment, check=True, capture_output=True)
        wait_until_ready(f"http://127.0.0.1:{port}/_health")
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([*compose, "down"], env=environment, check=True, capture_output=True)


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer")


def make_client(service: str, url: str) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "a"}
    return boto3.client(service, endpoint_url=url, region_name="eu-west-1", **keys)


@pytest.mark.docker
def test_a_training_job_runs_on_the_engine_of_the_machine(address: str) -> None:
    s3, sagemaker = make_client("s3", address), make_client("sagemaker", address)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=BUCKET, Key="in/rows.csv", Body=ROWS)
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}
    sagemaker.create_training_job(
        TrainingJobName="in-a-container",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": "tandem-xgboost", "TrainingInputMode": "File"},
        HyperParameters={"num_round": "5", "objective": "binary:logistic"},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": source},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="in-a-container", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    job = sagemaker.describe_training_job(TrainingJobName="in-a-container")
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 500
