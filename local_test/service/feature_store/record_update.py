"""The update of single features of a record.

Source: API, UpdateRecord.
"""

from collections.abc import Sequence
from dataclasses import replace

from local_test.service.api.api_errors import ApiError
from local_test.service.feature_store.event_time import NANOSECONDS, find_expiry
from local_test.service.feature_store.feature_records import FeatureRecords, TargetStores
from local_test.service.feature_store.group_schema import (
    FeatureItem,
    FeatureRecord,
    GroupSchema,
)
from local_test.service.feature_store.online_store import OnlineRecord
from local_test.service.feature_store.value_error import make_value_error


def update_record(
    records: FeatureRecords,
    schema: GroupSchema,
    change: tuple[str, Sequence[FeatureItem]],
    targets: TargetStores,
    ttl: int | None,
) -> None:
    """Replace features of a stored record; `change` is its identifier and the new items.

    Without `ttl`, in seconds, it is kept as long after its event as before. Raises ApiError when
    there is no record, an item is invalid or the event time is older.
    """
    identifier, items = change
    if schema.identifier in {item["FeatureName"] for item in items}:
        raise make_value_error("the record identifier is no feature to update", "Leave it out")

    def merge(found: OnlineRecord | None) -> tuple[OnlineRecord, FeatureRecord]:
        if found is None or found.items is None:
            message = f"Resource Not Found: no record {identifier} in group {schema.name}."
            raise ApiError("ResourceNotFound", message, 404)
        named = {item["FeatureName"]: item for item in found.items}
        record = schema.check({**named, **{item["FeatureName"]: item for item in items}}.values())
        if record.event_time < found.event_time:
            message = "EventTime is older than that of the record. Use a later EventTime."
            raise ApiError("ConflictException", message, 409)
        kept = None if found.expires is None else found.expires - found.event_time
        length = kept // NANOSECONDS if ttl is None and kept is not None else ttl
        expires = None if length is None else find_expiry(record.event_time, length)
        changed = replace(
            found, event_time=record.event_time, items=list(record.items), expires=expires
        )
        return changed, record

    records.update(schema.store, schema.parse_identifier(identifier), targets, merge)
