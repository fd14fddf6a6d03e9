"""What becomes of a group between two statuses: its creation and its deletion, in a thread."""

import threading

from local_test.errors import LocalError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups.catalog_table import create_table
from local_test.service.resources.feature_groups.offline_flush import (
    flush_group,
    start_flushing,
)
from local_test.service.resources.feature_groups.resource import (
    FEATURE_GROUP,
    FEATURE_METADATA,
    make_feature_key,
)
from local_test.service.resources.lifecycle import start_work
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri


def start_creation(backend: Backend, region: str, record: Record) -> None:
    """Start what makes a group `Created`, or `CreateFailed` with a reason."""
    key = FEATURE_GROUP.key_of(record)

    def create(_stop: threading.Event) -> None:
        try:
            _prepare_offline(backend, region, record)
        except LocalError as error:
            changes = FEATURE_GROUP.describe_failure(record, str(error), now())
        else:
            changes = {"FeatureGroupStatus": "Created"}
        with backend.records.lock():
            current = backend.records.get(FEATURE_GROUP, region, key)
            if current["FeatureGroupStatus"] == "Creating":
                backend.records.update(FEATURE_GROUP, region, key, **changes)

    start_work(backend, FEATURE_GROUP, region, key, create)


def start_deletion(backend: Backend, region: str, record: Record) -> None:
    """Start what removes a group that is `Deleting`; its offline data and its table stay."""
    key = FEATURE_GROUP.key_of(record)

    def delete(_stop: threading.Event) -> None:
        flush_group(backend, region, record)
        backend.feature_records.drop(record["StoreId"])
        for item in record["FeatureDefinitions"]:
            name = make_feature_key(record["FeatureGroupName"], item["FeatureName"])
            backend.records.remove(FEATURE_METADATA, region, name)
        backend.records.remove(FEATURE_GROUP, region, key)

    start_work(backend, FEATURE_GROUP, region, key, delete)


def resume_work(backend: Backend) -> None:
    """Continue what the end of the service interrupted: creations, deletions, offline files."""
    for status, start in (("Creating", start_creation), ("Deleting", start_deletion)):
        for region, record in backend.records.list_all(FEATURE_GROUP, statuses=[status]):
            start(backend, region, record)
    start_flushing(backend)


def _prepare_offline(backend: Backend, region: str, record: Record) -> None:
    """Create the table of an offline store. Raises UserError when its bucket does not exist."""
    config = record.get("OfflineStoreConfig")
    if config is not None:
        folder = parse_uri(config["S3StorageConfig"]["ResolvedOutputS3Uri"])
        backend.storage(region).require_bucket(folder.bucket)
        create_table(backend, region, record)
