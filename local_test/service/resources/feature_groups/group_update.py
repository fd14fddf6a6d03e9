"""UpdateFeatureGroup: more features, another default TTL or another throughput.

Source: API, UpdateFeatureGroup: one of the parameters at a time; a TtlDuration without unit and
value removes the default.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups.catalog_table import update_table
from local_test.service.resources.feature_groups.feature_definitions import check_definitions
from local_test.service.resources.feature_groups.feature_metadata import start_metadata
from local_test.service.resources.feature_groups.resource import (
    FEATURE_GROUP,
    FEATURE_METADATA,
    find_feature_group,
)
from local_test.service.resources.feature_groups.store_configs import (
    check_throughput,
    count_ttl_seconds,
)
from local_test.service.storage.records import Record

_CHANGES = ("FeatureAdditions", "OnlineStoreConfig", "ThroughputConfig")


def update_group(backend: Backend, region: str, request: Mapping[str, Any]) -> Record:
    """Change a group and return its record. Raises ApiError when the request is invalid."""
    given = [name for name in _CHANGES if name in request]
    if len(given) != 1:
        raise invalid(
            f"UpdateFeatureGroup takes one change at a time. Give one of {', '.join(_CHANGES)}."
        )
    with backend.records.lock():
        record = find_feature_group(backend, region, request["FeatureGroupName"])
        if record["FeatureGroupStatus"] != "Created":
            raise invalid(
                f"Feature group in status {record['FeatureGroupStatus']}:"
                f" {record['FeatureGroupName']}. Update it when it is Created."
            )
        time = now()
        changes = _BY_FIELD[given[0]](record, request[given[0]])
        for item in request.get("FeatureAdditions", ()):
            feature = start_metadata(record, item) | {
                "CreationTime": time,
                "LastModifiedTime": time,
            }
            backend.records.add(FEATURE_METADATA, region, FEATURE_METADATA.key_of(feature), feature)
        changes |= {"LastUpdateStatus": {"Status": "Successful"}, "LastModifiedTime": time}
        key = FEATURE_GROUP.key_of(record)
        record = backend.records.update(FEATURE_GROUP, region, key, **changes)
    if "FeatureAdditions" in request:
        update_table(backend, region, record)
    return record


def _add_features(record: Record, added: list[dict[str, Any]]) -> dict[str, Any]:
    definitions = [*record["FeatureDefinitions"], *added]
    online = record.get("OnlineStoreConfig", {})
    check_definitions(definitions, online.get("StorageType", "Standard"))
    return {"FeatureDefinitions": definitions}


def _change_online(record: Record, config: Mapping[str, Any]) -> dict[str, Any]:
    current = record.get("OnlineStoreConfig")
    if current is None:
        raise invalid(
            f"Feature group without an online store: {record['FeatureGroupName']}. It has no"
            " OnlineStoreConfig to update."
        )
    if config.get("StorageType", current["StorageType"]) != current["StorageType"]:
        raise invalid(
            f"StorageType cannot be changed: {current['StorageType']} to {config['StorageType']}."
            " Create another feature group."
        )
    changed = dict(current)
    if "TtlDuration" in config:
        if count_ttl_seconds(config["TtlDuration"]) is None:
            changed.pop("TtlDuration", None)
        else:
            changed["TtlDuration"] = dict(config["TtlDuration"])
    return {"OnlineStoreConfig": changed}


def _change_throughput(_record: Record, config: Mapping[str, Any]) -> dict[str, Any]:
    check_throughput(config)
    return {"ThroughputConfig": dict(config)}


_BY_FIELD: Mapping[str, Callable[[Record, Any], dict[str, Any]]] = {
    "FeatureAdditions": _add_features,
    "OnlineStoreConfig": _change_online,
    "ThroughputConfig": _change_throughput,
}
