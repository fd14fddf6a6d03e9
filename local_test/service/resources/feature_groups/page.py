"""The page of a feature group: stores, rows by day, features, and a form that finds a record."""

import json
from collections.abc import Iterator, Mapping, Sequence
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
    facts = list[tuple[str, str]]()
    if online is not None:
        size = backend.feature_records.count_bytes(record["StoreId"])
        facts.append(("Online store", f"{online['StorageType']}, {size:,} bytes"))
        ttl = online.get("TtlDuration")
        facts += [("Time to live", f"{ttl['Value']:,} {ttl['Unit'].lower()}")] if ttl else []
    days = list[OfflineDay]()
    if offline is not None:
        facts += _describe_offline(record, offline)
        with backend.feature_records.hold():
            days = backend.feature_records.journal.count_days(record["StoreId"])
        facts += _describe_freshness(days)
    return {
        "facts": facts,
        "has_online": online is not None,
        "days": [(_format_day(one.day), one.rows, one.deleted) for one in days[:_DAYS]],
        "more_days": max(0, len(days) - _DAYS),
        "features": [
            (item["FeatureName"], _describe_type(item), _find_role(record, item["FeatureName"]))
            for item in record["FeatureDefinitions"]
        ],
    }


def _describe_offline(record: Record, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the status of an offline store, its place, and its table; a failed group has none."""
    status = record["OfflineStoreStatus"]
    form = config.get("TableFormat", "Glue")
    shown = "none" if record["FeatureGroupStatus"] == "CreateFailed" else status["Status"]
    yield "Offline store", f"{shown}, {config['S3StorageConfig']['ResolvedOutputS3Uri']}"
    if "BlockedReason" in status:
        yield "Reason", status["BlockedReason"]
    if "DataCatalogConfig" in config:
        table = config["DataCatalogConfig"]
        yield "Table", f"{table['Database']}.{table['TableName']} ({form})"


def _describe_type(item: Mapping[str, Any]) -> str:
    """Return the type of a feature, with its collection and the dimension of a vector."""
    dimension = item.get("CollectionConfig", {}).get("VectorConfig", {}).get("Dimension")
    size = "" if dimension is None else f"of {dimension:,}"
    return " ".join(filter(None, (item["FeatureType"], item.get("CollectionType"), size)))


def _find_role(record: Record, name: str) -> str:
    if name == record["RecordIdentifierFeatureName"]:
        return "record identifier"
    return "event time" if name == record["EventTimeFeatureName"] else ""


def _describe_freshness(days: Sequence[OfflineDay]) -> list[tuple[str, str]]:
    """Return the latest event, the latest call, how long ago that was, and the number of rows."""
    if not days:
        return []
    called = max(one.last_call for one in days)
    rows, deleted = sum(one.rows for one in days), sum(one.deleted for one in days)
    age = max(0, read_time() - called) // NANOSECONDS
    return [
        ("Latest event", format_moment(max(one.last_event for one in days))),
        ("Latest record", f"{format_moment(called)}, {timedelta(seconds=age)} ago"),
        ("Offline rows", f"{rows:,}, {deleted:,} of them deletions"),
    ]


def _format_day(day: int) -> str:
    return str(date.fromordinal(_EPOCH + day))


def _look_up(backend: Backend, region: str, name: str, form: Mapping[str, str]) -> tuple[bool, str]:
    """Return the items of a record of the online store, one in a line, a list as JSON."""
    record = backend.records.get(FEATURE_GROUP, region, name)
    try:
        schema = read_schema(record)
        key = schema.parse_identifier(form["identifier"])
        found = backend.feature_records.find(schema.store, key, deleted=True)
    except ApiError as error:
        return False, error.message
    if found is None:
        return False, f"No record: {form['identifier']}."
    if found.items is None:
        return False, f"Deleted: {form['identifier']}, at {format_moment(found.event_time)}."
    lines = [f"{item['FeatureName']}: {_format_item(item)}" for item in found.items]
    if found.expires is not None:
        lines.append(f"(expires at {format_moment(found.expires)})")
    return True, "\n".join(lines)


def _format_item(item: Mapping[str, Any]) -> str:
    texts = item.get("ValueAsStringList")
    return str(item["ValueAsString"]) if texts is None else json.dumps(texts, ensure_ascii=False)


GROUP_PAGE = Page(
    FEATURE_GROUP,
    Path(__file__).parent / "feature_group.html.jinja",
    _fill,
    Form({"identifier": ""}, _look_up),
)
