"""`local-sagemaker up` as a process: started, written to, killed, and what it still has."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
)

from benchmarks.attacks.base import Tally
from benchmarks.harness.process_usage import BenchmarkFailed

_REGION, _KEY = "eu-central-1", "local"
_STOP_SECONDS = 60
_IMAGE = "tandem-xgboost"
BUCKET = "attacked"
ROLE = "arn:aws:iam::123456789012:role/any"


class LocalService:
    """A running service, and what it has acknowledged."""

    def __init__(self, child: subprocess.Popen[str], url: str) -> None:
        self.child = child
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=30,
            s3={"addressing_style": "path"},
        )

        def client(name: str) -> Any:
            return boto3.client(
                name,
                endpoint_url=url,
                region_name=_REGION,
                aws_access_key_id=_KEY,
                aws_secret_access_key=_KEY,
                config=config,
            )

        self.s3, self.sagemaker = client("s3"), client("sagemaker")

    def kill(self) -> None:
        """Send SIGKILL and wait for the end."""
        self.child.kill()
        self.child.wait()


@contextmanager
def run_service(state: Path) -> Iterator[LocalService]:
    """Run the service on a state folder; Ctrl-C at the end, where it still runs."""
    words = ("up", "--engine", "process", "--port", "0", "--state", str(state))
    log = state.parent / f"{state.name}.log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "local_test", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as child,
    ):
        line = child.stdout.readline() if child.stdout else ""
        try:
            if not line:
                raise BenchmarkFailed(
                    f"`up` did not start: {log.read_text(errors='replace')[-500:]}"
                )
            yield LocalService(child, line.split()[-1])
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
            child.communicate(timeout=_STOP_SECONDS)


@dataclass
class Ledger:
    """What the service has acknowledged: objects by key, and the names of models."""

    objects: dict[str, bytes] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)

    def write_entry(self, service: LocalService, name: str, body: bytes, tally: Tally) -> bool:
        """Write an object and create a model; return whether both were acknowledged."""
        container = {"Image": _IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}"}
        try:
            service.s3.put_object(Bucket=BUCKET, Key=name, Body=body)
            tally.count_status(200, name)
            self.objects[name] = body
            service.sagemaker.create_model(
                ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container
            )
            tally.count_status(200, name)
            self.models.add(name)
        except ClientError as error:
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            tally.count_status(status, str(error))
            if status < 500:
                tally.wrong.append(f"a valid request was refused: {error}")
            return False
        except BotoCoreError as error:
            tally.count_status(0, repr(error))
            return False
        return True

    def check_entries(self, service: LocalService, tally: Tally) -> None:
        """See that everything acknowledged is there, the objects byte for byte."""
        for name, body in self.objects.items():
            try:
                found = service.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
            except (ClientError, BotoCoreError) as error:
                tally.lost.append(f"object {name} was acknowledged and is gone: {error}")
                continue
            tally.count_status(200, name)
            if found != body:
                tally.wrong.append(f"object {name} is another than was acknowledged")
        for name in self.models:
            try:
                service.sagemaker.describe_model(ModelName=name)
            except (ClientError, BotoCoreError) as error:
                tally.lost.append(f"model {name} was acknowledged and is gone: {error}")
                continue
            tally.count_status(200, name)


def create_bucket(service: LocalService) -> None:
    """Create the bucket that all objects are put into."""
    service.s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION}
    )
