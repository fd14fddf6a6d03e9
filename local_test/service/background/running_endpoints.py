"""The endpoints that serve now: their variants, and which of them answers a request."""

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
    """One production variant: containers that serve, and how to start them anew.

    `config` is the endpoint configuration it was started for.
    """

    name: str
    weight: float
    endpoint: Endpoint
    start: Callable[[], Endpoint]
    config: Mapping[str, Any]

    @property
    def is_asynchronous(self) -> bool:
        """Return whether it answers in S3, to requests that wait for their turn."""
        return "AsyncInferenceConfig" in self.config

    def close(self) -> None:
        """Stop the containers."""
        self.endpoint.__exit__(None, None, None)


@dataclass
class RunningEndpoints:
    """Running endpoints by region and name; threads may share it."""

    _variants: dict[tuple[str, str], Sequence[Variant]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def replace(self, region: str, name: str, variants: Sequence[Variant]) -> None:
        """Let these variants answer from now on, and stop those that did; none ends an endpoint."""
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
        """Return variants other shares of the requests."""
        for variant in self._list_variants(region, name):
            variant.weight = weights.get(variant.name, variant.weight)

    def pick_variant(self, region: str, name: str, variant_name: str | None) -> Variant:
        """Choose who answers: the variant asked for, or one by chance as the weights say."""
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
        """Replace what has ended by itself, as the service replaces an unhealthy instance."""
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
