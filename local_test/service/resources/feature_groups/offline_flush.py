"""Write acknowledged records to the files of the offline store, soon after they came.

AWS writes within 15 minutes (Developer Guide, 'Offline store'). Here a group is written when no
record came for a while on the service's clock, or when its records have waited for long or are
many: few files are quicker to read than many.
"""

import logging
import threading
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.error_boundary import run_round
from local_test.service.feature_store.feature_records import read_time
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.feature_store.offline_files import make_table, write_files
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.resources.feature_groups.catalog_table import open_iceberg
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.resources.feature_groups.store_configs import is_iceberg_store
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri

_ROUND_SECONDS = 0.5
_MANY = 50_000
_WORK = "feature store: offline files"
_log = logging.getLogger(__name__)


@dataclass
class _Waiting:
    """The pending rows of a store: since when, number of the last one, when that was first seen."""

    since: float
    last: int
    seen: float

    def is_due(self, count: int, time: float, settings: StoreSettings) -> bool:
        return (
            count >= _MANY
            or time - self.seen >= settings.quiet_seconds
            or time - self.since >= settings.longest_seconds
        )


def start_flushing(backend: Backend) -> None:
    """Start the thread that writes what is due, until the service ends."""
    waiting: dict[str, _Waiting] = {}

    def work(stop: threading.Event) -> None:
        while not stop.wait(_ROUND_SECONDS):
            run_round(lambda: _flush_due(backend, waiting))

    def report(error: Exception) -> None:
        _log.error("%s ended unforeseen", _WORK, exc_info=error)

    backend.threads.start(_WORK, work, report)


def flush_all(backend: Backend, region: str) -> None:
    """Write all pending records of a region."""
    if backend.feature_records.is_used:
        for _, record in backend.records.list_all(FEATURE_GROUP, region):
            flush_group(backend, region, record)


def flush_group(backend: Backend, region: str, record: Record) -> None:
    """Write all pending records of a group; without success its offline store is Blocked."""
    config = record.get("OfflineStoreConfig")
    if config is None:
        return
    folder = parse_uri(config["S3StorageConfig"]["ResolvedOutputS3Uri"])
    records, storage = backend.feature_records, backend.storage(region)
    with records.flushing:
        try:
            while True:
                with records.hold():
                    batch = records.journal.choose_batch(record["StoreId"], read_time())
                if batch is None:
                    break
                if is_iceberg_store(config):
                    rows = make_table(batch.rows, read_schema(record), batch.write_time)
                    open_iceberg(backend, region, record).append(rows, batch.name)
                else:
                    write_files(batch, read_schema(record), folder, storage.write)
                with records.hold():
                    records.journal.finish_batch(batch)
        except LocalError as error:
            _set_status(backend, region, record, {"Status": "Blocked", "BlockedReason": str(error)})
        else:
            _set_status(backend, region, record, {"Status": "Active"})


def _flush_due(backend: Backend, waiting: dict[str, _Waiting]) -> None:
    records = backend.feature_records
    if not records.is_used:
        return
    with records.hold():
        pending = records.journal.count_pending()
    time = SERVICE_CLOCK.read()
    for store in waiting.keys() - pending.keys():
        del waiting[store]
    due = set[str]()
    for store, (count, last) in pending.items():
        entry = waiting.setdefault(store, _Waiting(time, last, time))
        if entry.last != last:
            entry.last, entry.seen = last, time
        if entry.is_due(count, time, records.settings):
            due.add(store)
            del waiting[store]
    if due:
        for region, record in backend.records.list_all(FEATURE_GROUP):
            if record["StoreId"] in due:
                flush_group(backend, region, record)


def _set_status(backend: Backend, region: str, record: Record, status: dict[str, Any]) -> None:
    key = FEATURE_GROUP.key_of(record)
    with backend.records.lock():
        try:
            current = backend.records.get(FEATURE_GROUP, region, key)
        except ApiError:  # deleted meanwhile
            return
        if current["StoreId"] == record["StoreId"] and current["OfflineStoreStatus"] != status:
            backend.records.update(FEATURE_GROUP, region, key, OfflineStoreStatus=status)
