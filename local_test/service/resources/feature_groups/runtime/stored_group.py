"""The group whose records a call reads or changes, and the stores it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.feature_store.feature_records import TargetStores
from local_test.service.feature_store.group_schema import GroupSchema, read_schema
from local_test.service.feature_store.value_error import make_value_error
from local_test.service.resources.feature_groups.resource import find_feature_group
from local_test.service.resources.feature_groups.store_configs import count_ttl_seconds


@dataclass(frozen=True)
class StoredGroup:
    """A group with its schema; `has_online` and `has_offline` are its stores.

    `ttl` is how many seconds its records are kept online by default, None for ever. `updates` says
    whether parts of its records can be replaced.
    """

    schema: GroupSchema
    has_online: bool
    has_offline: bool
    ttl: int | None
    updates: bool

    def choose_stores(self, request: Mapping[str, Any]) -> TargetStores:
        """Return the stores that a request changes. Raises ApiError when the group lacks one."""
        asked = request.get("TargetStores")
        if asked is None:
            return TargetStores(self.has_online, self.has_offline)
        stores = TargetStores("OnlineStore" in asked, "OfflineStore" in asked)
        if (stores.online and not self.has_online) or (stores.offline and not self.has_offline):
            raise make_value_error(
                f"group {self.schema.name} lacks one of the stores {', '.join(asked)}",
                "Leave TargetStores out",
            )
        return stores

    def choose_ttl(self, request: Mapping[str, Any]) -> int | None:
        """Return how many seconds a record is kept online, None for ever."""
        asked = count_ttl_seconds(request.get("TtlDuration"))
        return self.ttl if asked is None else asked

    def require_online(self) -> None:
        """Raise ApiError when the group has no online store."""
        if not self.has_online:
            raise make_value_error(
                f"group {self.schema.name} has no online store", "Query its offline store"
            )


def open_group(backend: Backend, region: str, reference: str) -> StoredGroup:
    """Return a group by its name or ARN. Raises ApiError when there is none that has records."""
    record = find_feature_group(backend, region, reference)
    if record["FeatureGroupStatus"] != "Created":
        status = record["FeatureGroupStatus"]
        raise ApiError(
            "ResourceNotFound",
            f"Resource Not Found: feature group {reference} is in status {status}. Wait for"
            " Created.",
            404,
        )
    online = record.get("OnlineStoreConfig")
    return StoredGroup(
        read_schema(record),
        online is not None,
        "OfflineStoreConfig" in record,
        count_ttl_seconds((online or {}).get("TtlDuration")),
        (online or {}).get("StorageType") in {"Standard_V2", "InMemory"},
    )
