"""The instance count of a variant: sets of its containers are started and stopped."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import LogStream
from local_test.service.background.machine_memory import check_instance_memory
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoint_configs.resource import list_configured
from local_test.service.storage.records import Record

LOG_GROUP_PREFIX = "/aws/sagemaker/Endpoints/"
_CONCURRENT = 4
"""Requests at a time for an asynchronous endpoint that does not say; the service chooses, too."""


@dataclass(frozen=True)
class VariantState:
    """The weight of a variant and its desired instance count."""

    weight: float
    count: int


@dataclass(frozen=True)
class InstanceCount:
    """Brings variants of one endpoint to an instance count. `stop` ends all waiting."""

    backend: Backend
    region: str
    endpoint: str
    stop: threading.Event

    def reach(self, variant: Variant, desired: int) -> None:
        """Start or stop instances until a variant has as many as desired, or as are allowed.

        Raises what starting containers raises, and UserError when memory is short; the instances
        that were started are stopped again.
        """
        if variant.is_host:
            variant.host_count = desired
            return
        before, count = variant.count, self._limit(variant, desired)
        try:
            while variant.count < count:
                self._check_memory(variant)
                variant.add_instance(self.stop)
                self.resize_queue(variant, variant.count)
        finally:
            goal = before if variant.count < count else count
            while variant.count > goal:
                self.resize_queue(variant, variant.count - 1)
                variant.remove_instance(self.stop)

    def resize_queue(self, variant: Variant, count: int) -> None:
        """Let an asynchronous endpoint's queue run as many requests as its instances take."""
        if variant.is_asynchronous:
            limit = count * read_concurrency(variant.config)
            self.backend.async_queues.resize((self.region, self.endpoint), limit)

    def _limit(self, variant: Variant, desired: int) -> int:
        limit = self.backend.max_instances
        if desired > limit:
            self._log(
                variant, f"{limit} of {desired} instances are started: --max-instances is {limit}"
            )
        return min(desired, limit)

    def _check_memory(self, variant: Variant) -> None:
        what = f"instance {variant.count + 1} of variant {variant.name}"
        for running in variant.list_endpoints()[:1]:
            check_instance_memory(what, running.pids)

    def _log(self, variant: Variant, line: str) -> None:
        stream = LogStream(
            self.region, f"{LOG_GROUP_PREFIX}{self.endpoint}", f"{variant.name}/instances"
        )
        self.backend.logs.add(stream, line)


def read_concurrency(config: Mapping[str, Any]) -> int:
    """Return how many requests an instance of an asynchronous endpoint takes at a time."""
    client = config["AsyncInferenceConfig"].get("ClientConfig", {})
    return int(client.get("MaxConcurrentInvocationsPerInstance", _CONCURRENT))


def read_states(endpoint: Record) -> Mapping[str, VariantState]:
    """Return the states of the variants of an endpoint's record, by name."""
    return {
        item["VariantName"]: VariantState(item["DesiredWeight"], item["DesiredInstanceCount"])
        for _, item in list_configured(endpoint)
    }
