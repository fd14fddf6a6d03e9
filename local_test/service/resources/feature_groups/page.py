"""The page of a feature group: stores, rows by day, features, and a form that finds a record."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.feature_store.event_time import NANOSECONDS, format_moment
from local_test.service.feature_store.feature_records import read_time
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.feature_store.offline_journal import OfflineDay
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.resources.page import Form, Page
from local_test.service.storage.records import Record

_DAYS = 60
_EPOCH = date(1970, 1, 1).toordinal()


def _fill(backend: Backend, _region: str, record: Record) -> dict[str, Any]:
    online, offline = record.get("OnlineStoreConfig"), record.get("OfflineStoreConfig")
    facts = [("Event time", record["EventTimeFeatureName"])]
    if online is not None:
        size = backend.feature_records.count_bytes(record["StoreId"])
        facts.append(("Online store", f"{online['StorageType']}, {size:,} bytes"))
    if offline is not None:
        status = record["OfflineStoreStatus"]
        place = offline["S3StorageConfig"]["ResolvedOutputS3Uri"]
        facts.append(("Offline store", f"{status['Status']}, {place}"))
        facts += [("Reason", status["BlockedReason"])] if "BlockedReason" in status else []
        table = offline.get("DataCatalogConfig")
        facts += [("Table", f"{table['Database']}.{table['TableName']}")] if table else []
    days = list[OfflineDay]()
    if offline is not None:
        with backend.feature_records.hold():
            days = backend.feature_records.journal.count_days(record["StoreId"])
        facts += _describe_freshness(days)
    return {
        "facts": facts,
        "has_online": online is not None,
        "days": [(_format_day(one.day), one.rows, one.deleted) for one in days[:_DAYS]],
        "more_days": max(0, len(days) - _DAYS),
    }


def _describe_freshness(days: Sequence[OfflineDay]) -> list[tuple[str, str]]:
    """Return the latest event, the latest call, how long ago that was, and the number of rows."""
    if not days:
        return []
    called = max(one.last_call for one in days)
    age = max(0, read_time() - called) // NANOSECONDS
    return [
        ("Latest event", format_moment(max(one.last_event for one in days))),
        ("Latest record", f"{format_moment(called)}, {timedelta(seconds=age)} ago"),
        ("Offline records", f"{sum(one.rows for one in days):,}"),
    ]


def _format_day(day: int) -> str:
    return str(date.fromordinal(_EPOCH + day))


def _look_up(backend: Backend, region: str, name: str, form: Mapping[str, str]) -> tuple[bool, str]:
    """Return the items of a record of the online store, one in a line."""
    record = backend.records.get(FEATURE_GROUP, region, name)
    try:
        schema = read_schema(record)
        key = schema.parse_identifier(form["identifier"])
        found = backend.feature_records.find(schema.store, key)
    except ApiError as error:
        return False, error.message
    if found is None:
        return False, f"No record: {form['identifier']}."
    lines = [
        f"{item['FeatureName']}: {item.get('ValueAsString', item.get('ValueAsStringList'))}"
        for item in found.items or ()
    ]
    return True, "\n".join(lines)


GROUP_PAGE = Page(
    FEATURE_GROUP,
    Path(__file__).parent / "feature_group.html.jinja",
    _fill,
    Form({"identifier": ""}, _look_up),
)
