"""A local service that hosts the program of this folder, and the requests to it."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.features.running_service import REGION, Clients, run_service
from benchmarks.harness.process_usage import BenchmarkFailed

VARIANT = "AllTraffic"
_BUCKET, _IMAGE = "models", "tandem-bench-model"
_PROGRAM = Path(__file__).with_name("model_program.py")
_ROLE = "arn:aws:iam::123456789012:role/any"
_SCOPE = f"Credential=any/20260101/{REGION}/sagemaker/aws4_request"
_HEADERS = {"Content-Type": "text/csv", "Authorization": f"AWS4-HMAC-SHA256 {_SCOPE}"}
_PAUSE_SECONDS = 0.1
_LONGEST_SECONDS = 600
_BUSY = frozenset({"Creating", "Updating", "RollingBack"})


@dataclass(frozen=True)
class HostingService:
    """A running service; models are named after their behaviours."""

    clients: Clients

    def add_models(self, instances: int, *behaviours: str) -> None:
        """Create a model and an endpoint configuration for each behaviour."""
        sagemaker, s3 = self.clients.make("sagemaker"), self.clients.s3
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for behaviour in behaviours:
            s3.put_object(Bucket=_BUCKET, Key=behaviour, Body=_pack(behaviour))
            sagemaker.create_model(
                ModelName=behaviour,
                ExecutionRoleArn=_ROLE,
                PrimaryContainer={
                    "Image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{_IMAGE}:latest",
                    "ModelDataUrl": f"s3://{_BUCKET}/{behaviour}",
                },
            )
            variant = {
                "VariantName": VARIANT,
                "ModelName": behaviour,
                "InitialInstanceCount": instances,
                "InstanceType": "ml.m5.large",
            }
            sagemaker.create_endpoint_config(
                EndpointConfigName=behaviour, ProductionVariants=[variant]
            )

    def create_endpoint(self, name: str, config: str) -> None:
        """Create an endpoint and wait until it serves."""
        self.clients.make("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
        found = self.wait_for_endpoint(name)
        if found["EndpointStatus"] != "InService":
            raise BenchmarkFailed(f"endpoint {name}: {found.get('FailureReason')}")

    def wait_for_endpoint(self, name: str) -> Mapping[str, Any]:
        """Wait until an endpoint is not being changed, and return its description."""
        sagemaker = self.clients.make("sagemaker")
        deadline = time.monotonic() + _LONGEST_SECONDS
        while True:
            found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
            if found["EndpointStatus"] not in _BUSY:
                return found
            if time.monotonic() > deadline:
                raise BenchmarkFailed(f"endpoint {name} is still {found['EndpointStatus']}")
            time.sleep(_PAUSE_SECONDS)

    def advance(self, seconds: int) -> None:
        """Move the service's clock forward."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.clients.url}/local-sagemaker/clock?seconds={seconds}",
            method="POST",
            headers={"X-Local-Sagemaker": "1"},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            response.read()

    def connect(self) -> HTTPConnection:
        """Return a connection for `invoke`."""
        return HTTPConnection(self.clients.url.removeprefix("http://"), timeout=70)


def invoke(connection: HTTPConnection, endpoint: str) -> tuple[int, str]:
    """Send a record; return status and body of the response."""
    connection.request("POST", f"/endpoints/{endpoint}/invocations", b"1,2,3\n", _HEADERS)
    response = connection.getresponse()
    return response.status, response.read().decode()


@contextmanager
def host_models(folder: Path) -> Iterator[HostingService]:
    """Context manager: a service whose state is in a folder."""
    programs = folder / "programs"
    programs.mkdir()
    program = programs / _IMAGE
    program.write_text(f"#!{sys.executable}\n{_PROGRAM.read_text(encoding='utf-8')}", "utf-8")
    program.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{programs}{os.pathsep}{before}"
    try:
        with run_service(folder / "state") as clients:
            yield HostingService(clients)
    finally:
        os.environ["PATH"] = before


def _pack(behaviour: str) -> bytes:
    """Return the archive of a model."""
    packed, content = io.BytesIO(), behaviour.encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("behaviour")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
