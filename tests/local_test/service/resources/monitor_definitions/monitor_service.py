"""A service in process with an endpoint to monitor, S3 buckets and clients that need no port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.events.bus import EventBus
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION, ROLE, name_image
from tests.local_test.service.in_process import URL, open_service

BUCKET = "monitored"
ENDPOINT_NAME = "houses"
CAPTURES = f"s3://{BUCKET}/captures"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
OUTPUT = {"S3Uri": f"s3://{BUCKET}/reports", "LocalPath": "/opt/ml/processing/output"}
INPUT = {"EndpointName": ENDPOINT_NAME, "LocalPath": "/opt/ml/processing/input/endpoint"}
BATCH_INPUT = {
    "DataCapturedDestinationS3Uri": f"s3://{BUCKET}/batch",
    "DatasetFormat": {"Csv": {"Header": True}},
    "LocalPath": "/opt/ml/processing/input/batch",
}
CODE = "/opt/ml/processing/input"


@dataclass(frozen=True)
class MonitorService:
    """The state of a service and its clients."""

    backend: Backend
    sagemaker: Any

    @property
    def s3(self) -> Any:
        return self.backend.aws.client("s3", REGION)

    def put(self, key: str, content: str | bytes) -> str:
        """Put an object into the bucket and give its address."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def add_endpoint(self, name: str, **more: Any) -> None:
        """Add the record of an endpoint whose requests are captured."""
        capture = {"EnableCapture": True, "DestinationS3Uri": CAPTURES}
        record: dict[str, Any] = {
            "EndpointName": name,
            "EndpointArn": ENDPOINT.make_arn(REGION, name),
        }
        record |= {"EndpointStatus": "InService", "CreationTime": 1.0, "LastModifiedTime": 1.0}
        record |= {"DataCaptureConfig": capture, "EndpointConfigName": "any"} | more
        self.backend.records.add(ENDPOINT, REGION, name, record)


def describe_job(kind: str, data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Give the request of a definition of a type."""
    source: dict[str, Any] = {"EndpointInput": INPUT} if data is None else data
    program = {"ImageUri": name_image("python")}
    if kind in {"ModelQuality", "ModelBias"}:
        source = source | {"GroundTruthS3Input": {"S3Uri": f"s3://{BUCKET}/truth"}}
    if kind in {"ModelBias", "ModelExplainability"}:
        program["ConfigUri"] = f"s3://{BUCKET}/config/analysis_config.json"
    return {
        f"{kind}AppSpecification": program,
        f"{kind}JobInput": source,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": OUTPUT}]},
        "JobResources": {"ClusterConfig": CLUSTER},
        "RoleArn": ROLE,
    } | more


def empty_bucket(s3: Any) -> None:
    """Make the bucket, or empty it: the S3 of all services in one process is the same."""
    if BUCKET not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for one in page.get("Contents", ()):
            s3.delete_object(Bucket=BUCKET, Key=one["Key"])


@contextmanager
def open_monitor_service(folder: Path) -> Iterator[MonitorService]:
    with open_service(folder) as (backend, sagemaker):
        backend.aws.close()
        backend.aws = AwsClients(URL, {}, WsgiClient(App(backend)))
        backend.event_bus = EventBus(backend.moto_client, backend.aws.client, backend.logs)
        service = MonitorService(backend, sagemaker)
        empty_bucket(service.s3)
        registry.resume(backend)
        service.add_endpoint(ENDPOINT_NAME)
        offset = SERVICE_CLOCK.offset
        yield service
        backend.timetable.close()
        SERVICE_CLOCK.offset = offset
        backend.threads.close()
        backend.aws.close()
