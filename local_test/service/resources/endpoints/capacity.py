"""The capacity of an endpoint: weights and instance counts that are changed while it serves."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import (
    VARIANT_FIELDS,
    list_configured,
)
from local_test.service.resources.endpoints.instance_count import InstanceCount
from local_test.service.resources.endpoints.resource import ENDPOINT, check_updatable
from local_test.service.resources.lifecycle import start_work
from local_test.service.storage.records import Record


def change_capacity(
    backend: Backend, region: str, name: str, desired: Mapping[str, Mapping[str, Any]]
) -> Record:
    """Set desired weights and instance counts by variant, and return the endpoint's record.

    Weights apply at once; the endpoint is `Updating` until the instances run. Raises ApiError when
    the endpoint is being changed or has failed, a variant is missing, or a count is not allowed.
    """
    with backend.records.lock():
        record = backend.records.get(ENDPOINT, region, name)
        check_updatable(record)
        listed = {
            field: [dict(item) for item in record.get(field) or ()] for field in VARIANT_FIELDS
        }
        variants = [item for items in listed.values() for item in items]
        _check_desired(name, record, variants, desired)
        for item in variants:
            wanted = desired.get(item["VariantName"], {})
            if "DesiredWeight" in wanted:
                item["CurrentWeight"] = item["DesiredWeight"] = wanted["DesiredWeight"]
            item["DesiredInstanceCount"] = wanted.get(
                "DesiredInstanceCount", item["DesiredInstanceCount"]
            )
        changes = {"LastModifiedTime": now(), ENDPOINT.status_field: "Updating"}
        changes |= {field: items for field, items in listed.items() if items}
        backend.records.update(ENDPOINT, region, name, **changes)
    weights = {item["VariantName"]: item["CurrentWeight"] for item in variants}
    backend.running_endpoints.set_weights(region, name, weights)
    start_work(backend, ENDPOINT, region, name, CapacityChange(backend, region, name).run)
    return record


def _check_desired(
    name: str, record: Record, variants: list[Record], desired: Mapping[str, Mapping[str, Any]]
) -> None:
    unknown = desired.keys() - {item["VariantName"] for item in variants}
    if unknown:
        raise invalid(f"Endpoint {name} has no variant {', '.join(sorted(unknown))}.")
    serverless = {item["VariantName"] for item in variants if item.get("CurrentServerlessConfig")}
    for variant, wanted in desired.items():
        if variant in serverless and "DesiredInstanceCount" in wanted:
            raise invalid(
                f"DesiredInstanceCount of variant {variant}: a serverless variant has no instances."
                " Leave it out."
            )
        if wanted.get("DesiredInstanceCount") == 0 and not record.get("AsyncInferenceConfig"):
            raise invalid(
                f"invalid DesiredInstanceCount: 0 of variant {variant}. Set 1 or more: only "
                "asynchronous endpoints scale to zero."
            )


@dataclass(frozen=True)
class CapacityChange:
    """Starts and stops the instances of an endpoint until each variant has as many as desired."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Bring all variants to their counts; a failure leaves the instances that there were."""
        count = InstanceCount(self.backend, self.region, self.name, stop)
        reason = None
        for variant in self.backend.running_endpoints.list_variants(self.region, self.name):
            try:
                count.reach(variant, self._read_desired(variant.name))
                self._update_variant(variant.name, CurrentInstanceCount=variant.count)
            except (LocalError, ApiError, OSError) as error:
                reason = str(error)
                self._update_variant(
                    variant.name,
                    CurrentInstanceCount=variant.count,
                    DesiredInstanceCount=variant.count,
                )
        self.backend.logs.flush()
        changes = {ENDPOINT.status_field: "InService", "LastModifiedTime": now()}
        self.backend.records.update(
            ENDPOINT, self.region, self.name, FailureReason=reason, **changes
        )

    def _read_desired(self, variant: str) -> int:
        record = self.backend.records.get(ENDPOINT, self.region, self.name)
        [count] = [
            int(item["DesiredInstanceCount"])
            for _, item in list_configured(record)
            if item["VariantName"] == variant
        ]
        return count

    def _update_variant(self, variant: str, **changes: int) -> None:
        with self.backend.records.lock():
            record = self.backend.records.get(ENDPOINT, self.region, self.name)
            listed = {
                field: [
                    item | (changes if item["VariantName"] == variant else {})
                    for item in record[field]
                ]
                for field in VARIANT_FIELDS
                if record.get(field)
            }
            self.backend.records.update(ENDPOINT, self.region, self.name, **listed)
