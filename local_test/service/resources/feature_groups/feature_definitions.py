"""The rules of feature definitions.

Source: API, CreateFeatureGroup and FeatureDefinition; Developer Guide, 'Collection types'.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid

MAX_FEATURES = 2500
RESERVED = ("is_deleted", "write_time", "api_invocation_time")
"""The columns that the offline store has beside the features."""

Definition = Mapping[str, Any]


def check_group(request: Mapping[str, Any]) -> None:
    """Check the features of a new group. Raises ApiError when they break a rule."""
    definitions = request["FeatureDefinitions"]
    storage = request.get("OnlineStoreConfig", {}).get("StorageType", "Standard")
    check_definitions(definitions, storage)
    types = {item["FeatureName"]: item for item in definitions}
    for field, allowed in (
        ("RecordIdentifierFeatureName", ("String", "Integral")),
        ("EventTimeFeatureName", ("String", "Fractional")),
    ):
        feature = types.get(request[field])
        if feature is None:
            raise invalid(
                f"{field} is no feature of the group: {request[field]}."
                " Add it to FeatureDefinitions."
            )
        if feature["FeatureType"] not in allowed or "CollectionType" in feature:
            raise invalid(
                f"{field} has the wrong type: {request[field]} is {_name_type(feature)}."
                f" Use {' or '.join(allowed)}."
            )
    if request["RecordIdentifierFeatureName"] == request["EventTimeFeatureName"]:
        raise invalid(
            "RecordIdentifierFeatureName and EventTimeFeatureName are one feature:"
            f" {request['EventTimeFeatureName']}. Use two features."
        )


def check_definitions(definitions: Sequence[Definition], storage: str) -> None:
    """Check all definitions of a group; `storage` is the type of its online store.

    Raises ApiError when a name is reserved or given twice, or a collection is not allowed.
    """
    if len(definitions) > MAX_FEATURES:
        raise ApiError(
            "ResourceLimitExceeded",
            f"Too many features: {len(definitions)}. A group has at most {MAX_FEATURES}.",
        )
    seen = set[str]()
    for item in definitions:
        name = item["FeatureName"]
        if name.lower() in RESERVED:
            raise invalid(f"Reserved feature name: {name}. Rename the feature.")
        if name.lower() in seen:
            raise invalid(
                f"Feature name given more than once: {name}. Names that differ in case alone"
                " would be one column."
            )
        seen.add(name.lower())
        _check_collection(item, storage)


def _check_collection(item: Definition, storage: str) -> None:
    name, collection = item["FeatureName"], item.get("CollectionType")
    if (collection == "Vector") != ("VectorConfig" in item.get("CollectionConfig", {})):
        raise invalid(
            f"CollectionConfig does not fit: feature {name}. A Vector needs a VectorConfig with a"
            " Dimension, and nothing else has one."
        )
    if collection is None:
        return
    if storage != "InMemory":
        raise invalid(
            f"Collection types need an InMemory online store: feature {name} is a {collection}."
            " Set the StorageType InMemory."
        )
    if collection == "Vector" and item["FeatureType"] != "Fractional":
        raise invalid(f"A Vector has Fractional elements: feature {name} is {_name_type(item)}.")


def _name_type(item: Definition) -> str:
    collection = item.get("CollectionType")
    return str(item["FeatureType"]) if collection is None else f"{item['FeatureType']} {collection}"
