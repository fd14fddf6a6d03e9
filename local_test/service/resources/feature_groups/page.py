"""The page of a feature group: its stores, its features, and a form that looks up a record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.resources.page import Form, Page
from local_test.service.storage.records import Record


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
    return {"facts": facts, "has_online": online is not None}


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
