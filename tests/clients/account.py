"""A running service in a process of its own, and what a client of it sees."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import boto3  # type: ignore[import-untyped]

from local_test.engines import ENGINE_NAMES
from local_test.pytest_plugin.service_process import run_service_process

REGION = "eu-central-1"
REGISTRY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/service-role/any"
PATIENCE_SECONDS = 120.0


def name_image(name: str) -> str:
    """Give an image's URI as a client of the real service would."""
    return f"{REGISTRY}/tandem-{name}:latest"


@dataclass
class Account:
    """Clients of one service."""

    url: str
    process: subprocess.Popen[bytes] | subprocess.Popen[str]
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        if name not in self._clients:
            self._clients[name] = boto3.client(
                name,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id="any",
                aws_secret_access_key="any",  # noqa: S106
            )
        return self._clients[name]

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    def bucket(self, name: str, **objects: str | bytes) -> str:
        """Make a bucket with these objects and give its address."""
        if name not in {item["Name"] for item in self.s3.list_buckets()["Buckets"]}:
            place = {"LocationConstraint": REGION}
            self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        for key, content in objects.items():
            self.put(f"s3://{name}/{key}", content)
        return f"s3://{name}"

    def put(self, uri: str, content: str | bytes) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)
        return uri

    def get(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def keys(self, uri: str) -> list[str]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())
        return [item["Key"] for item in found]

    def lines(self, group: str, stream: str) -> list[str]:
        """Give the lines of the streams that begin so."""
        logs = self.client("logs")
        told = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)
        return [
            event["message"]
            for item in told["logStreams"]
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=item["logStreamName"], startFromHead=True
            )["events"]
        ]

    def page(self, kind: str, name: str) -> str:
        """Give the page of a resource in the console, as one line."""
        address = f"{self.url}/console/{kind}/{REGION}/{name}"
        with urllib.request.urlopen(address) as answer:
            return " ".join(answer.read().decode().split())

    def train(self, name: str, training_image: str, data: str, **more: Any) -> None:
        """Ask for a training job with one channel of CSV."""
        algorithm = {"TrainingImage": training_image, "TrainingInputMode": "File"}
        algorithm |= more.pop("algorithm", {})
        self.sagemaker.create_training_job(
            TrainingJobName=name,
            RoleArn=ROLE,
            AlgorithmSpecification=algorithm,
            InputDataConfig=more.pop("inputs", [describe_channel("train", data)]),
            OutputDataConfig={"S3OutputPath": f"s3://{data.split('/')[2]}/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
            | {"InstanceCount": more.pop("hosts", 1)},
            StoppingCondition={"MaxRuntimeInSeconds": more.pop("seconds", 3600)},
            **more,
        )

    def trained(self, name: str) -> dict[str, Any]:
        """Wait for the end of a training job and describe it."""
        return wait_until_settled(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=name),
            "TrainingJobStatus",
        )


def describe_channel(
    name: str, uri: str, content_type: str = "text/csv", **more: Any
) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri} | more.pop("source", {})
    told = {"ChannelName": name, "ContentType": content_type}
    return told | {"DataSource": {"S3DataSource": source}} | more


def wait_until_settled(describe: Callable[[], dict[str, Any]], status: str) -> dict[str, Any]:
    """Describe until the status is one that lasts."""
    passing = {"InProgress", "Stopping", "Creating", "Updating", "Deleting", "RollingBack"}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (told := describe())[status] in passing:
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    return told


def wait_until_deleted(account: Account, prefix: str) -> None:
    """Wait for endpoints being deleted: a client's `delete_endpoint` returns before they are."""

    def find() -> dict[str, Any]:
        found = account.sagemaker.list_endpoints(NameContains=prefix)["Endpoints"]
        return found[0] if found else {"EndpointStatus": "deleted"}

    left = wait_until_settled(find, "EndpointStatus")
    assert left["EndpointStatus"] == "deleted", left


@contextmanager
def run_service(
    engine: str,
    state: Path,
    *options: str,
    end: signal.Signals = signal.SIGINT,
    stderr: IO[str] | None = None,
) -> Iterator[Account]:
    """Run the service; at the end Ctrl-C must end it in good order, unless `end` is SIGKILL.

    `stderr` is where its messages go, None for the terminal.
    """
    with tempfile.NamedTemporaryFile(prefix="service-", suffix=".log") as file:
        log = Path(file.name)
        messages = sys.__stderr__ if stderr is None else stderr
        [name] = [name for name in ENGINE_NAMES if name == engine]
        service = run_service_process(state, name, log, *options, end=end, stderr=messages)
        with service as running:
            account = Account(running.url, running.process)
            try:
                yield account
            finally:
                for client in account._clients.values():
                    client.close()
        if end is signal.SIGINT:
            last = log.read_text().splitlines()[-1]
            assert (running.process.returncode, last) == (130, "stopping")
