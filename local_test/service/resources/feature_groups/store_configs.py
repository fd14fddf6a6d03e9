"""The configuration of the online and the offline store of a group.

Sources: API, OnlineStoreConfig, OfflineStoreConfig, DataCatalogConfig; Developer Guide, 'Offline
store' for the place of the files and 'Create feature groups' for the default table.
"""

import re
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.iceberg.support import require_iceberg
from local_test.service.storage.s3 import parse_uri

DATABASE, CATALOG = "sagemaker_featurestore", "AwsDataCatalog"
_DAY_SECONDS = 86_400
_UNIT_SECONDS = {
    "Seconds": 1,
    "Minutes": 60,
    "Hours": 3600,
    "Days": _DAY_SECONDS,
    "Weeks": 7 * _DAY_SECONDS,
}


def count_ttl_seconds(ttl: Mapping[str, Any] | None) -> int | None:
    """Return a TtlDuration in seconds, None without one. Raises ApiError when it is incomplete."""
    if not ttl:
        return None
    if "Unit" not in ttl or "Value" not in ttl:
        raise invalid("TtlDuration is incomplete. Give Unit and Value.")
    return int(ttl["Value"]) * _UNIT_SECONDS[ttl["Unit"]]


def complete_stores(region: str, request: Mapping[str, Any], time: float) -> dict[str, Any]:
    """Return the store configurations of a new group with what the service adds.

    `time` is that of the creation in seconds since 1970. Raises ApiError when there is no store, or
    a configuration is invalid.
    """
    online = request.get("OnlineStoreConfig", {})
    if not online.get("EnableOnlineStore") and "OfflineStoreConfig" not in request:
        raise invalid(
            "A feature group needs a store. Set EnableOnlineStore, or give an OfflineStoreConfig."
        )
    found: dict[str, Any] = {}
    if online.get("EnableOnlineStore"):
        count_ttl_seconds(online.get("TtlDuration"))
        found["OnlineStoreConfig"] = {"StorageType": "Standard", **online}
    elif len(online.keys() - {"EnableOnlineStore"}):
        raise invalid("OnlineStoreConfig without an online store. Set EnableOnlineStore to true.")
    if "OfflineStoreConfig" in request:
        if "RoleArn" not in request:
            raise invalid("RoleArn is missing. An offline store needs a role that writes to S3.")
        name = f"{request['FeatureGroupName']}-{int(time)}"
        found["OfflineStoreConfig"] = _complete_offline(region, name, request["OfflineStoreConfig"])
        found["OfflineStoreStatus"] = {"Status": "Active"}
    return found | _complete_throughput(request)


def _complete_offline(region: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    if is_iceberg_store(config):
        if config.get("DisableGlueTableCreation"):
            raise invalid(
                "TableFormat Iceberg without a table in Glue. Leave out DisableGlueTableCreation."
            )
        require_iceberg()
    storage = config["S3StorageConfig"]
    folder = parse_uri(storage["S3Uri"]).join(
        ACCOUNT, "sagemaker", region, "offline-store", name, "data"
    )
    creates = not config.get("DisableGlueTableCreation", False)
    found = {
        **config,
        "DisableGlueTableCreation": not creates,
        "S3StorageConfig": {**storage, "ResolvedOutputS3Uri": str(folder)},
    }
    if creates and "DataCatalogConfig" not in config:
        table = re.sub("[^a-z0-9]", "_", name.lower())
        found["DataCatalogConfig"] = {
            "TableName": table,
            "Catalog": CATALOG,
            "Database": DATABASE,
        }
    return found


def is_iceberg_store(config: Mapping[str, Any]) -> bool:
    """Return whether an offline store is an Iceberg table."""
    return config.get("TableFormat") == "Iceberg"


def _complete_throughput(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the throughput configuration of a group; provisioned units need not be reached."""
    config = request.get("ThroughputConfig")
    if config is None:
        return {}
    check_throughput(config)
    return {"ThroughputConfig": dict(config)}


def check_throughput(config: Mapping[str, Any]) -> None:
    """Raise ApiError unless exactly the mode Provisioned has its units."""
    names = ("ProvisionedReadCapacityUnits", "ProvisionedWriteCapacityUnits")
    provisioned = config.get("ThroughputMode") == "Provisioned"
    if any((name in config) != provisioned for name in names):
        raise invalid(
            f"ThroughputConfig does not fit. The mode Provisioned needs {' and '.join(names)};"
            " OnDemand has none."
        )
