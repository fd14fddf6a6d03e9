"""A feature store in process, with an S3 bucket and clients that need no port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.http.app import App
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import FILE_STORE, URL, open_service

ROLE = "arn:aws:iam::123456789012:role/any"
BUCKET = "feature-store"
SCHEMA = {"id": "String", "when": "Fractional", "age": "Integral", "score": "Fractional"}
SCHEMA |= {"city": "String"}


@dataclass(frozen=True)
class FeatureService:
    """The state of a service and its clients."""

    backend: Backend
    sagemaker: Any

    def client(self, name: str) -> Any:
        return self.backend.aws.client(name, REGION)

    def create(self, name: str, schema: dict[str, str] = SCHEMA, **more: Any) -> dict[str, Any]:
        """Create a group with both stores, and describe it when it is settled."""
        offline = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/of"}}
        given = {
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "when",
            "FeatureDefinitions": define(schema),
            "RoleArn": ROLE,
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "OfflineStoreConfig": offline,
        } | more
        given = {key: value for key, value in given.items() if value is not None}
        self.sagemaker.create_feature_group(FeatureGroupName=name, **given)
        return self.settle(name)

    def settle(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = wait_until(
            lambda: self.sagemaker.describe_feature_group(FeatureGroupName=name),
            lambda found: found["FeatureGroupStatus"] != "Creating",
        )
        return found


def define(schema: dict[str, str]) -> list[dict[str, Any]]:
    return [{"FeatureName": name, "FeatureType": kind} for name, kind in schema.items()]


def wait_until(look: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:
    while not fits(found := look()):
        time.sleep(0.01)
    return found


@contextmanager
def open_feature_service(
    folder: Path, features: StoreSettings = FILE_STORE
) -> Iterator[FeatureService]:
    with open_service(folder, features) as (backend, sagemaker):
        backend.aws.close()
        backend.aws = AwsClients(URL, {}, WsgiClient(App(backend)))
        s3 = backend.aws.client("s3", REGION)
        if BUCKET not in {item["Name"] for item in s3.list_buckets()["Buckets"]}:
            place = {"LocationConstraint": REGION}
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield FeatureService(backend, sagemaker)
        backend.threads.close()
        backend.aws.close()
        backend.feature_records.close()
