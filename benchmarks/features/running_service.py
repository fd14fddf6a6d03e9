"""A local service as a process of its own, and what clients do with its feature store."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from benchmarks.harness.process_usage import BenchmarkFailed

REGION = "eu-central-1"
_ROLE = "arn:aws:iam::123456789012:role/any"
_ROOT = Path(__file__).parents[2]
_SCHEMA = {"id": "String", "event_time": "Fractional", "age": "Integral"}
_SCHEMA |= {"score": "Fractional", "city": "String"}
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Clients:
    """Clients of a service at a URL."""

    url: str

    def make(self, service: str, attempts: int = 1) -> Any:
        """Return a client that sends a request at most `attempts` times."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="any",
            aws_secret_access_key="any",  # noqa: S106
            config=Config(retries={"total_max_attempts": attempts}),
        )

    @property
    def s3(self) -> Any:
        """A client of S3."""
        return self.make("s3")

    @property
    def athena(self) -> Any:
        """A client of Athena."""
        return self.make("athena")

    @property
    def runtime(self) -> Any:
        """A client of the feature store's records."""
        return self.make("sagemaker-featurestore-runtime")

    def create_group(self, name: str, bucket: str) -> dict[str, Any]:
        """Create a group with both stores, and return its description."""
        sagemaker = self.make("sagemaker")
        sagemaker.create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="event_time",
            FeatureDefinitions=[
                {"FeatureName": one, "FeatureType": kind} for one, kind in _SCHEMA.items()
            ],
            RoleArn=_ROLE,
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{bucket}/offline"}},
        )
        while True:
            found: dict[str, Any] = sagemaker.describe_feature_group(FeatureGroupName=name)
            if found["FeatureGroupStatus"] != "Creating":
                return found
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def run_service(
    state: Path, port: int = 0, *, kill: bool = False, engine: str = "process"
) -> Iterator[Clients]:
    """Context manager: a service with its state in a folder; at the end it is stopped or killed."""
    command = [sys.executable, "-m", "local_test", "up", "--engine", engine]
    command += ["--port", str(port), "--state", str(state)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise BenchmarkFailed("the service has no output")
            url = process.stdout.readline().rpartition(" ")[2].strip()
            if not url.startswith("http"):
                raise BenchmarkFailed("the service did not start")
            yield Clients(url)
        finally:
            if kill:
                process.kill()
            else:
                process.terminate()
            process.communicate()


def wait_for_query(athena: Any, sql: str, output: str) -> dict[str, Any]:
    """Run a query to its end and return its description. Raises BenchmarkFailed when it fails."""
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": output}
    )
    while True:
        found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
        done: dict[str, Any] = found["QueryExecution"]
        if done["Status"]["State"] == "SUCCEEDED":
            return done
        if done["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            raise BenchmarkFailed(str(done["Status"]))
        time.sleep(_PAUSE_SECONDS)


def make_record(key: str, when: float, age: int) -> list[dict[str, str]]:
    """Return a record of the group."""
    values = {"id": key, "event_time": str(when), "age": str(age), "score": str(age / 7)}
    values |= {"city": "Ulm"}
    return [{"FeatureName": name, "ValueAsString": text} for name, text in values.items()]
