"""The running endpoints: their variants, and the choice of the variant for a request."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local_test.endpoints import Endpoint
from local_test.errors import ContainerError, LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.error_boundary import run_round

_POLL_SECONDS = 1.0
_chance = secrets.SystemRandom()


@dataclass
class Variant:
    """One production variant: its running containers, and the function that starts them again.

    `config` is the endpoint configuration that it was started from.
    """

    name: str
    weight: float
    endpoint: Endpoint
    start: Callable[[], Endpoint]
    config: Mapping[str, Any]

    @property
    def is_asynchronous(self) -> bool:
        """Return True if its requests are queued and the responses written to S3."""
        return "AsyncInferenceConfig" in self.config

    def close(self) -> None:
        """Stop the containers."""
        self.endpoint.__exit__(None, None, None)


@dataclass
class RunningEndpoints:
    """The variants of all running endpoints by region and name; thread-safe."""

    _variants: dict[tuple[str, str], Sequence[Variant]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def replace(self, region: str, name: str, variants: Sequence[Variant]) -> None:
        """Route requests to these variants and stop the previous ones; none end the endpoint."""
        with self._lock:
            before = self._variants.pop((region, name), ())
            if variants:
                self._variants[region, name] = variants
            if self._thread is None:
                self._thread = threading.Thread(target=self._supervise, name="hosting", daemon=True)
                self._thread.start()
        for variant in before:
            variant.close()

    def set_weights(self, region: str, name: str, weights: Mapping[str, float]) -> None:
        """Set the weights of variants by name; variants without a new weight keep theirs."""
        for variant in self._list_variants(region, name):
            variant.weight = weights.get(variant.name, variant.weight)

    def pick_variant(self, region: str, name: str, variant_name: str | None) -> Variant:
        """Return the variant of this name, or without a name a random one by weight.

        Raises ApiError when the endpoint or the variant does not exist.
        """
        variants = self._list_variants(region, name)
        if not variants:
            raise ApiError("ValidationError", f"Endpoint {name} of account {ACCOUNT} not found.")
        if variant_name is None:
            weights = [variant.weight for variant in variants]
            return _chance.choices(variants, weights if any(weights) else None)[0]
        for variant in variants:
            if variant.name == variant_name:
                return variant
        raise ApiError(
            "ValidationError", f"Variant {variant_name} was not found for endpoint {name}."
        )

    def close(self) -> None:
        """Stop all endpoints."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        for region, name in list(self._variants):
            self.replace(region, name, ())

    def _list_variants(self, region: str, name: str) -> Sequence[Variant]:
        with self._lock:
            return self._variants.get((region, name), ())

    def _supervise(self) -> None:
        """Restart variants that have ended, as the service replaces unhealthy instances."""
        while not self._closing.wait(_POLL_SECONDS):
            with self._lock:
                running = [item for variants in self._variants.values() for item in variants]
            for variant in running:
                run_round(partial(self._check, variant))

    def _check(self, variant: Variant) -> None:
        try:
            variant.endpoint.check_running()
        except ContainerError:
            with suppress(LocalError, ApiError):  # tried again at the next glance
                self._restart(variant)

    def _restart(self, variant: Variant) -> None:
        fresh = variant.start()
        with self._lock:
            is_current = any(variant in variants for variants in self._variants.values())
            old, variant.endpoint = variant.endpoint, fresh
        with suppress(ContainerError):
            old.__exit__(None, None, None)
        if not is_current:  # deleted meanwhile
            variant.close()
