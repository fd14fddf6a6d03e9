"""The schema of a feature group, and records that are checked against it.

Sources: API, PutRecord and FeatureValue; Developer Guide, 'Feature types' and 'Collection types'.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.feature_store.event_time import parse_event_time
from local_test.service.feature_store.value_error import make_value_error

_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_FRACTION = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LARGEST = 2**63
_SHOWN = 60

Scalar = int | float | str
FeatureItem = Mapping[str, Any]
"""A FeatureValue of the API: FeatureName with ValueAsString or ValueAsStringList."""


@dataclass(frozen=True)
class FeatureSpec:
    """A feature: its type, its type of collection if it is one, and a vector's dimension."""

    name: str
    kind: str
    collection: str | None = None
    dimension: int | None = None

    def parse(self, text: str) -> Scalar:
        """Return one value. Raises ApiError when the text is no value of the type."""
        if self.kind == "Integral":
            if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) < _LARGEST:
                raise make_value_error(
                    f"feature {self.name} is Integral: {_quote(text)}",
                    "Use a whole number of 64 bits",
                )
            return int(text)
        if self.kind == "Fractional":
            if not _FRACTION.fullmatch(text) or abs(float(text)) == float("inf"):
                raise make_value_error(
                    f"feature {self.name} is Fractional: {_quote(text)}", "Use a finite number"
                )
            return float(text)
        if not _is_unicode(text):
            raise make_value_error(
                f"feature {self.name} has half of a surrogate pair: {_quote(text)}",
                "Use a text that UTF-8 can hold",
            )
        return text

    def parse_item(self, item: FeatureItem) -> Scalar | list[Scalar] | None:
        """Return the value of an item, None without one. Raises ApiError when it is invalid."""
        text, texts = item.get("ValueAsString"), item.get("ValueAsStringList")
        if text is not None and texts is not None:
            raise make_value_error(
                f"feature {self.name} has two values", "Give ValueAsString or ValueAsStringList"
            )
        if text is None and texts is None:
            return None
        if (texts is not None) != (self.collection is not None):
            field = "ValueAsString" if self.collection is None else "ValueAsStringList"
            raise make_value_error(f"feature {self.name} has the wrong field", f"Give {field}")
        return self.parse(str(text)) if texts is None else self._parse_list(texts)

    def _parse_list(self, texts: Sequence[str]) -> list[Scalar]:
        values = [self.parse(text) for text in texts]
        if self.dimension is not None and len(values) != self.dimension:
            raise make_value_error(
                f"vector {self.name} has {len(values)} elements", f"Give {self.dimension}"
            )
        if self.collection == "Set" and len(set(values)) != len(values):
            raise make_value_error(f"set {self.name} has equal elements", "Give each one once")
        return values


def _quote(text: str) -> str:
    """Return the start of a text in quotes, for a sentence."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _is_unicode(text: str) -> bool:
    """Return False for a text that UTF-8, and so a file of Parquet, cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class FeatureRecord:
    """A checked record: its identifier, its event time in nanoseconds, its items and their values.

    The items are those of the request that have a value, in the order of the schema.
    """

    identifier: str
    event_time: int
    items: Sequence[FeatureItem]
    values: Mapping[str, Scalar | list[Scalar]]


@dataclass(frozen=True)
class GroupSchema:
    """The features of a group. `store` is the key of its records, `name` its name."""

    store: str
    name: str
    identifier: str
    event_time: str
    features: Mapping[str, FeatureSpec]

    def check(self, items: Iterable[FeatureItem]) -> FeatureRecord:
        """Return a record of items. Raises ApiError when one is invalid, unknown or missing."""
        values: dict[str, Scalar | list[Scalar]] = {}
        given: dict[str, FeatureItem] = {}
        for item in items:
            name = item["FeatureName"]
            if name in given:
                raise make_value_error(f"feature {name} is given twice", "Give each feature once")
            value = self.find(name).parse_item(item)
            given[name] = item
            if value is not None:
                values[name] = value
        for name in (self.identifier, self.event_time):
            if name not in values:
                raise make_value_error(
                    f"feature {name} is missing: record of group {self.name}", "Give its value"
                )
        return FeatureRecord(
            str(values[self.identifier]),
            self.parse_event_time(given[self.event_time]["ValueAsString"]),
            [given[name] for name in self.features if name in values],
            values,
        )

    def find(self, name: str) -> FeatureSpec:
        """Return a feature. Raises ApiError when the group has none of this name."""
        if name not in self.features:
            raise make_value_error(f"group {self.name} has no feature {name}", "Check the name")
        return self.features[name]

    def parse_identifier(self, text: str) -> str:
        """Return the key of an identifier; equal numbers have one. Raises ApiError if invalid."""
        return str(self.features[self.identifier].parse(text))

    def parse_event_time(self, text: str) -> int:
        """Return an event time in nanoseconds since 1970. Raises ApiError when it is invalid."""
        return parse_event_time(self.event_time, self.features[self.event_time].kind, text)

    def make_marker(self, identifier: str, event_time: str) -> FeatureRecord:
        """Return the record that marks a deletion: it has an identifier and a time alone.

        Raises ApiError when one of them is invalid.
        """
        items = [
            {"FeatureName": self.identifier, "ValueAsString": identifier},
            {"FeatureName": self.event_time, "ValueAsString": event_time},
        ]
        return self.check(items)


def read_schema(record: Mapping[str, Any]) -> GroupSchema:
    """Return the schema of the record of a feature group."""
    return GroupSchema(
        record["StoreId"],
        record["FeatureGroupName"],
        record["RecordIdentifierFeatureName"],
        record["EventTimeFeatureName"],
        {item["FeatureName"]: _read_feature(item) for item in record["FeatureDefinitions"]},
    )


def _read_feature(item: Mapping[str, Any]) -> FeatureSpec:
    dimension = item.get("CollectionConfig", {}).get("VectorConfig", {}).get("Dimension")
    return FeatureSpec(
        item["FeatureName"], item["FeatureType"], item.get("CollectionType"), dimension
    )
